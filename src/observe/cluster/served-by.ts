import { readServedPem } from '../../clients/https/served-certificate.ts'
import type { TlsServer } from '../../cluster/state.ts'
import type { HostReader } from '../../host/host.ts'
import { parseCertificate } from '../../pki/certificate.ts'
import { signs } from '../../pki/verify.ts'
import { serversOf } from './served-certificates.ts'

/** Returns a line for each of these servers of a host that presents a certificate which this CA did not sign. */
export async function servedByOthers(
  host: HostReader,
  servers: readonly TlsServer[],
  caPem: string,
): Promise<readonly string[]> {
  const ca = parseCertificate(caPem)
  const found = (await serversOf(host)).filter(([server]) => servers.includes(server))
  const lines = found.map(async ([server, endpoint]) => {
    const certificate = parseCertificate(await readServedPem(host, new URL(endpoint)))
    return signs(ca, certificate) ? [] : [`${server} at ${endpoint} presents a certificate of another CA`]
  })
  return (await Promise.all(lines)).flat()
}
