import type { Cluster } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import type { HostReader } from '../../host/host.ts'
import type { Renewable, RenewalCa } from '../../pki/renewable.ts'
import type { FoundPair } from '../../pki/reuse.ts'
import { readText } from '../machine/read-text.ts'
import { readPair } from './certificate-inputs.ts'
import { readRenewalCa } from './renewal-ca.ts'

/** Where certificates of a control plane are. */
interface Place {
  readonly cluster: Pick<Cluster, 'config'>
  readonly host: HostReader
  readonly session: { readonly startedAt: Date }
  readonly request: { readonly kubeconfigDir: string }
}

/**
 * Reads a certificate to renew, and how to read the CA that signs it. `ca` throws CERT_INVALID for a CA that cannot sign
 * a valid certificate.
 */
export async function readRenewalInputs(
  { cluster, host, session, request }: Place,
  renewable: Renewable,
): Promise<{ readonly found: FoundPair; readonly ca: () => Promise<RenewalCa | undefined> }> {
  const ca = () => readRenewalCa(host, cluster, renewable.signedBy, session.startedAt)
  if (renewable.kind === 'pair') return { found: await readPair(host, cluster, renewable.spec), ca }
  const path = `${request.kubeconfigDir}/${renewable.name}`
  return { found: { certificatePath: path, keyPath: path, ...given({ certificate: await readText(host, path) }) }, ca }
}
