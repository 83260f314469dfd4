import type { Cluster, ControlPlaneNode } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import type { CaName, KubeconfigName } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import { isKadmError, type Problem } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { certsOf } from '../../pki/cert-table.ts'
import { type Certificate, parseCertificates } from '../../pki/certificate.ts'
import { type Kubeconfig, parseKubeconfig } from '../../pki/kubeconfig.ts'
import { kubeconfigTable } from '../../pki/kubeconfig-table.ts'
import { decideReuse } from '../../pki/reuse.ts'
import { wantedOf } from '../../pki/staleness.ts'
import { readText } from '../machine/read-text.ts'
import { readPair } from './certificate-inputs.ts'
import { bundleFaults } from './signing-ca.ts'

/** The kubeconfigs of a node and their directory, by default /etc/kubernetes. */
export interface WantedKubeconfigs {
  readonly names?: readonly KubeconfigName[]
  readonly dir?: string
}

/**
 * Returns all errors of existing certificates before anything is written: invalid pairs, and missing files whose CA key
 * is not on the host. kubeadm's check of an external CA is narrower, and it finds the other errors one at a time. The
 * kubeconfigs are those of this node.
 */
export async function certificateFaults(
  host: HostReader,
  cluster: Cluster,
  node: ControlPlaneNode,
  now: Date,
  { names = kubeconfigTable.map(({ name }) => name), dir = paths.kubernetesDir }: WantedKubeconfigs = {},
): Promise<readonly Problem[]> {
  const pairs = await Promise.all(
    certsOf(cluster).map(async spec => ({ spec, found: await readPair(host, cluster, spec) })),
  )
  const cas = new Map<CaName, readonly Certificate[]>()
  const keyless = new Set<string>()
  for (const { spec, found } of pairs.filter(pair => pair.spec.signedBy === undefined)) {
    if (found.certificate === undefined) continue
    if (found.key === undefined) keyless.add(spec.name)
    const parsed = attempt(() => parseCertificates(found.certificate ?? '', found.certificatePath))
    if (parsed.value !== undefined) cas.set(spec.name as CaName, parsed.value)
  }
  const faults = pairs.flatMap(({ spec, found }) => {
    if (found.certificate === undefined && (found.key === undefined || keyless.has(spec.signedBy ?? ''))) {
      if (!keyless.has(spec.signedBy ?? '')) return []
      return [
        needed({
          path: found.certificatePath,
          ca: spec.signedBy ?? '',
          name: spec.name,
          signing: found.key !== undefined,
        }),
      ]
    }
    const bundle = spec.signedBy === undefined ? bundleFaults(found, cluster, node) : []
    if (bundle.length > 0) return bundle
    const wanted = wantedOf(spec, cluster, node, spec.signedBy === undefined ? [] : (cas.get(spec.signedBy) ?? []))
    return attempt(() => decideReuse(found, wanted, now)).problem ?? []
  })
  return [...faults, ...(await kubeconfigFaults(host, dir, { names, external: keyless.has('ca') }))]
}

/** A kubeconfig without a certificate waits for the signature of its request, whatever CA is on the host. */
async function kubeconfigFaults(
  host: HostReader,
  dir: string,
  { names, external }: { readonly names: readonly KubeconfigName[]; readonly external: boolean },
): Promise<readonly Problem[]> {
  const texts = await Promise.all(names.map(name => readText(host, `${dir}/${name}`)))
  return names.flatMap((name, i) => {
    const path = `${dir}/${name}`
    const text = texts[i]
    if (text === undefined) return external ? [needed({ path, ca: 'ca', name, signing: false })] : []
    return waitsForSignature(text) ? [unsigned(path)] : []
  })
}

/** True for a kubeconfig as `generate-csr` leaves it. */
function waitsForSignature(text: string): boolean {
  const { clientKeyPem, clientCertPem, clientCertFile, token } =
    attempt(() => parseKubeconfig(text)).value ?? ({} as Partial<Kubeconfig>)
  return clientKeyPem !== undefined && (clientCertPem ?? clientCertFile ?? token) === undefined
}

function unsigned(path: string): Problem {
  return { field: path, message: 'has a key but no certificate', remedy: signIt(`${path}.csr`) }
}

/** A file that a CA must sign whose key is not on the host. With `signing`, its key is there. */
interface NeededFile {
  readonly path: string
  readonly ca: string
  readonly name: string
  readonly signing: boolean
}

function needed({ path, ca, name, signing }: NeededFile): Problem {
  return {
    field: path,
    message: `is missing, and the key of ${ca} that would sign it is not on this host (external CA)`,
    remedy: signing
      ? signIt(path.replace(/\.crt$/, '.csr'))
      : `request it with \`kadm certs generate-csr ${name}\`; then \`kadm certs sign-csr\` and \`kadm certs import\``,
  }
}

function signIt(request: string): string {
  return `sign ${request} with \`kadm certs sign-csr\` and install the certificate with \`kadm certs import\``
}

function attempt<T>(act: () => T): { readonly value?: T; readonly problem?: readonly Problem[] } {
  try {
    return { value: act() }
  } catch (error) {
    if (!isKadmError(error)) throw error
    return { problem: [{ message: error.message, ...given({ remedy: error.hint }) }] }
  }
}
