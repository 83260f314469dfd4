import type { ReportedCertificate } from '../../cluster/certificate-report.ts'
import { given } from '../../cluster/given.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { type Certificate, parseCertificates } from '../../pki/certificate.ts'
import { certificateProblems } from '../../pki/certificate-problems.ts'
import { parsePrivateKey } from '../../pki/keys.ts'
import { decodeKubeconfig, type Kubeconfig, parseKubeconfig } from '../../pki/kubeconfig.ts'
import { matchesKey } from '../../pki/verify.ts'
import { readText } from '../machine/read-text.ts'
import { withAbsolutePaths } from './admin-conf.ts'

/** A kubeconfig on a host, and the cluster CA that its certificate is compared with. */
export interface AskedKubeconfig {
  readonly name: string
  readonly path: string
  readonly cas: readonly Certificate[]
  readonly caName: string
  readonly externallyManaged: boolean
  readonly now: Date
}

/** Reads the client certificate of the current context of a kubeconfig. A missing file is a row, too. */
export async function reportKubeconfig(host: HostReader, asked: AskedKubeconfig): Promise<ReportedCertificate> {
  const { name, path, caName, externallyManaged } = asked
  const bytes = await host.readFile(path)
  const row = { host: host.name, name, kind: 'other' as const, from: path, problems: [] }
  if (bytes === undefined) return { ...row, missing: true, externallyManaged: false }
  const found = { ...row, missing: false, externallyManaged, caName }
  const parsed = attempt(() => withAbsolutePaths(path, parseKubeconfig(decodeKubeconfig(bytes, path), path)))
  if (parsed.value === undefined) return { ...found, problems: [parsed.problem] }
  const texts = await readCredentials(host, parsed.value)
  const judged = attempt(() => judge(texts, asked))
  return judged.value === undefined ? { ...found, problems: [judged.problem] } : { ...found, ...judged.value }
}

interface Credentials {
  readonly certificate?: string
  readonly key?: string
  readonly ca?: string
}

async function readCredentials(host: HostReader, kubeconfig: Kubeconfig): Promise<Credentials> {
  const read = (path: string | undefined) => (path === undefined ? undefined : readText(host, path))
  const [certificate, key, ca] = await Promise.all([
    kubeconfig.clientCertPem ?? read(kubeconfig.clientCertFile),
    kubeconfig.clientKeyPem?.reveal() ?? read(kubeconfig.clientKeyFile),
    kubeconfig.caPem ?? read(kubeconfig.caFile),
  ])
  return given({ certificate, key, ca })
}

/** Throws CERT_INVALID if the certificate or the key cannot be read. */
function judge({ certificate, key, ca }: Credentials, { path, cas, now }: AskedKubeconfig) {
  if (certificate === undefined) return { problems: ['holds no client certificate for its current context'] }
  const [leaf, ...intermediates] = parseCertificates(certificate, path)
  const problems = certificateProblems(
    leaf,
    { intermediates, cas, key: { path, state: keyState(leaf, key, path) } },
    now,
  )
  return {
    ...{ notAfter: leaf.notAfter, serial: leaf.serial },
    problems: [...problems, ...(trusts(ca, cas, path) ? [] : ['does not trust the cluster CA of this host'])],
  }
}

/** Throws CERT_INVALID if the key cannot be read. */
export function keyState(leaf: Certificate, key: string | undefined, path: string): 'matches' | 'differs' | 'missing' {
  if (key === undefined) return 'missing'
  return matchesKey(leaf, parsePrivateKey(key, path)) ? 'matches' : 'differs'
}

/** True if the CA data of the kubeconfig contain a CA of the host, or if there is nothing to compare. */
function trusts(ca: string | undefined, cas: readonly Certificate[], path: string): boolean {
  if (ca === undefined || cas.length === 0) return true
  return parseCertificates(ca, path).some(one => cas.some(other => other.der.equals(one.der)))
}

/** Returns the value, or the message of the error as a problem. */
export function attempt<T>(act: () => T): { readonly value: T } | { readonly value?: never; readonly problem: string } {
  try {
    return { value: act() }
  } catch (error) {
    if (!isKadmError(error)) throw error
    return { problem: `cannot be used: ${error.message}` }
  }
}
