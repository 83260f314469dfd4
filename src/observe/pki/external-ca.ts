import { pairOf } from '../../cluster/node-files.ts'
import type { HostReader } from '../../host/host.ts'

/** True if the cluster CA certificate is on the host and its key is not: then the CA is external. */
export async function isExternalCa(host: HostReader, certificatesDir: string): Promise<boolean> {
  const ca = pairOf(certificatesDir, 'ca')
  const [certificate, key] = await Promise.all([host.stat(ca.certificate), host.stat(ca.key)])
  return certificate !== undefined && key === undefined
}
