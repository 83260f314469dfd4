import type { Cluster } from '../../cluster/cluster.ts'
import { type CaName, pairOf } from '../../cluster/node-files.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import type { RenewalCa } from '../../pki/renewable.ts'
import { matchesKey, periodFault } from '../../pki/verify.ts'
import { readCaPair } from './issuer.ts'

/**
 * Reads the CA of a certificate to renew; undefined if its key is not on the host: then the CA is external. Throws
 * CERT_INVALID for a CA with which no valid certificate can be made.
 */
export async function readRenewalCa(
  host: HostReader,
  cluster: Pick<Cluster, 'config'>,
  name: CaName,
  now: Date,
): Promise<RenewalCa | undefined> {
  const path = pairOf(cluster.config.certificatesDir, name)
  if ((await host.stat(path.certificate)) === undefined) {
    throw new KadmError('CERT_INVALID', `${path.certificate} does not exist on ${host.name}`, {
      hint: `restore ${path.certificate} from a backup or copy it from another control plane`,
    })
  }
  const { certificates, issuer } = await readCaPair(host, cluster, name)
  if (issuer === undefined) return undefined
  const fault = issuer.certificate.isCa ? periodFault(issuer.certificate, now)?.reason : 'is not a CA certificate'
  if (fault !== undefined) {
    throw new KadmError('CERT_INVALID', `${path.certificate} on ${host.name} ${fault}`, {
      hint: 'check the clock of the host; a CA that has expired must be replaced before certificates can be renewed',
    })
  }
  if (!matchesKey(issuer.certificate, issuer.key)) {
    throw new KadmError('CERT_INVALID', `${path.key} does not belong to ${path.certificate} on ${host.name}`, {
      hint: 'restore the two files that belong together, from a backup or from another control plane',
    })
  }
  return { certificates, issuer }
}
