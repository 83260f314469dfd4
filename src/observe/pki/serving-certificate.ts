import { paths } from '../../cluster/paths.ts'
import { orUndefined } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { type Certificate, parseCertificate } from '../../pki/certificate.ts'
import { readText } from '../machine/read-text.ts'

/** The certificate and key that a kubelet with serverTLSBootstrap gets from the cluster. */
const servingCertificatePath = `${paths.kubeletPkiDir}/kubelet-server-current.pem`

/** Returns the serving certificate that the kubelet of a host got from the cluster. */
async function readServingCertificate(host: HostReader): Promise<Certificate | undefined> {
  const text = await readText(host, servingCertificatePath)
  if (text === undefined) return undefined
  try {
    return parseCertificate(text, servingCertificatePath)
  } catch (error) {
    return orUndefined(error)
  }
}

/** True if the kubelet of a host has a serving certificate that is valid now. */
export async function hasServingCertificate(host: HostReader, now: Date): Promise<boolean> {
  const certificate = await readServingCertificate(host)
  return certificate !== undefined && certificate.notAfter > now
}
