import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { type Certificate, parseCertificate } from '../../pki/certificate.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'

/**
 * Reads the client certificate of kubelet.conf; undefined if it has none, or names a file that does not exist. The
 * operator may have brought one in kubelet.conf itself. An unreadable certificate is left to the kubelet.
 */
export async function readKubeletCertificate(
  host: HostReader,
): Promise<{ readonly certificate?: Certificate } | undefined> {
  const text = await readText(host, `${paths.kubernetesDir}/kubelet.conf`)
  const { clientCertFile, clientCertPem } = text === undefined ? {} : parseKubeconfig(text)
  const pem = clientCertPem ?? (clientCertFile === undefined ? undefined : await readText(host, clientCertFile))
  // A dry run expects the kubelet to write this file and leaves it empty.
  if (pem === undefined || pem === '') return undefined
  try {
    return { certificate: parseCertificate(pem) }
  } catch {
    return {}
  }
}
