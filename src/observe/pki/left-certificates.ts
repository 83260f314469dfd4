import type { Cluster, ControlPlaneNode } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import type { CaName, KubeconfigName } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import { isKadmError, type Problem } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { certsOf } from '../../pki/cert-table.ts'
import { type Certificate, parseCertificates } from '../../pki/certificate.ts'
import { kubeconfigTable } from '../../pki/kubeconfig-table.ts'
import { decideReuse } from '../../pki/reuse.ts'
import { wantedOf } from '../../pki/staleness.ts'
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
  if ((await host.list(cluster.config.certificatesDir)).length === 0) return []
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
    if (found.certificate === undefined && (found.key === undefined || keyless.has(spec.signedBy ?? '')))
      return keyless.has(spec.signedBy ?? '') ? [needed(found.certificatePath, spec.signedBy ?? '')] : []
    const bundle = spec.signedBy === undefined ? bundleFaults(found, cluster, node) : []
    if (bundle.length > 0) return bundle
    const wanted = wantedOf(spec, cluster, node, spec.signedBy === undefined ? [] : (cas.get(spec.signedBy) ?? []))
    return attempt(() => decideReuse(found, wanted, now)).problem ?? []
  })
  return [...faults, ...(keyless.has('ca') ? await missingKubeconfigs(host, dir, names) : [])]
}

async function missingKubeconfigs(
  host: HostReader,
  dir: string,
  names: readonly KubeconfigName[],
): Promise<readonly Problem[]> {
  const files = names.map(name => `${dir}/${name}`)
  const stats = await Promise.all(files.map(path => host.stat(path)))
  return files.filter((_, i) => stats[i] === undefined).map(path => needed(path, 'ca'))
}

function needed(path: string, ca: string): Problem {
  return {
    field: path,
    message: `is missing, and the key of ${ca} that would sign it is not on this host (external CA)`,
    remedy: `put ${path} there, or the key of the CA`,
  }
}

function attempt<T>(act: () => T): { readonly value?: T; readonly problem?: readonly Problem[] } {
  try {
    return { value: act() }
  } catch (error) {
    if (!isKadmError(error)) throw error
    return { problem: [{ message: error.message, ...given({ remedy: error.hint }) }] }
  }
}
