import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { type Certificate, parseCertificate } from '../../pki/certificate.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'

/**
 * What the file of the client certificate holds that kubelet.conf names; undefined while it is not there. What cannot be
 * read as a certificate is for the kubelet to judge.
 */
export async function readKubeletCertificate(
  host: HostReader,
): Promise<{ readonly certificate?: Certificate } | undefined> {
  const text = await readText(host, `${paths.kubernetesDir}/kubelet.conf`)
  const { clientCertFile } = text === undefined ? {} : parseKubeconfig(text)
  const pem = clientCertFile === undefined ? undefined : await readText(host, clientCertFile)
  // Empty, it is what a dry run expects of the kubelet.
  if (pem === undefined || pem === '') return undefined
  try {
    return { certificate: parseCertificate(pem) }
  } catch {
    return {}
  }
}
