import type { Cluster } from '../../cluster/cluster.ts'
import { type CaName, pairOf } from '../../cluster/node-files.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { parseCertificate } from '../../pki/certificate.ts'
import { readText } from '../machine/read-text.ts'

/** Throws CA_EXPIRED if one of these CAs of a control plane has expired. A CA that does not exist is left to its use. */
export async function refuseExpiredCas(
  host: HostReader,
  { config }: Pick<Cluster, 'config'>,
  names: readonly CaName[],
  now: Date,
): Promise<void> {
  const paths = names.map(name => pairOf(config.certificatesDir, name).certificate)
  const texts = await Promise.all(paths.map(path => readText(host, path)))
  for (const [i, path] of paths.entries()) {
    const text = texts[i]
    const expired = text === undefined ? undefined : parseCertificate(text, path).notAfter
    if (expired === undefined || expired > now) continue
    throw new KadmError(
      'CA_EXPIRED',
      `${path} on ${host.name} expired on ${expired.toISOString()}; nothing was changed`,
      {
        hint: 'check the clock of the host; if the CA has expired, replace it with `kadm certs rotate-ca replace`, with every host of the cluster. That issues all certificates, kubeconfigs and credentials of kubelets again; pods that use the API are restarted, and copies of kubeconfigs stop working',
      },
    )
  }
}
