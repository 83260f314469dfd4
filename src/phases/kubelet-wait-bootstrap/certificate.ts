import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { type Certificate, parseCertificate } from '../../pki/certificate.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'

/**
 * Reads the client certificate that kubelet.conf names; undefined if the file does not exist. An unreadable certificate
 * is left to the kubelet.
 */
export async function readKubeletCertificate(
  host: HostReader,
): Promise<{ readonly certificate?: Certificate } | undefined> {
  const text = await readText(host, `${paths.kubernetesDir}/kubelet.conf`)
  const { clientCertFile } = text === undefined ? {} : parseKubeconfig(text)
  const pem = clientCertFile === undefined ? undefined : await readText(host, clientCertFile)
  // A dry run expects the kubelet to write this file and leaves it empty.
  if (pem === undefined || pem === '') return undefined
  try {
    return { certificate: parseCertificate(pem) }
  } catch {
    return {}
  }
}
