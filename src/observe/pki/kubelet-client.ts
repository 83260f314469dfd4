import { given } from '../../cluster/given.ts'
import { paths } from '../../cluster/paths.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { type Certificate, parseCertificate, parseCertificates } from '../../pki/certificate.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { readText } from '../machine/read-text.ts'

const kubeletConf = `${paths.kubernetesDir}/kubelet.conf`

/** The credentials in kubelet.conf. The private key stays on the host unless it is embedded. */
export interface KubeletClient {
  /** The path and the text of kubelet.conf. */
  readonly path: string
  readonly text: string
  /** The CAs that it trusts. */
  readonly trusted: readonly Certificate[]
  /** The files that kubelet.conf names; absent if it embeds the certificate. Usually both are the same file. */
  readonly files?: { readonly certificate: string; readonly key: string }
  /** Absent if it is missing or cannot be read. */
  readonly certificate?: Certificate
}

/** Reads the client certificate of the kubelet; undefined without kubelet.conf. Throws KUBECONFIG_INVALID. */
export async function readKubeletClient(host: HostReader): Promise<KubeletClient | undefined> {
  const text = await readText(host, kubeletConf)
  if (text === undefined) return undefined
  const { caPem, caFile, clientCertFile, clientKeyFile, clientCertPem } = parseKubeconfig(text, kubeletConf)
  const ca = caPem ?? (caFile === undefined ? undefined : await readText(host, caFile))
  const trusted = ca === undefined || ca === '' ? [] : parseCertificates(ca, kubeletConf)
  const conf = { path: kubeletConf, text, trusted }
  if (clientCertFile === undefined) return { ...conf, ...given({ certificate: parsed(clientCertPem) }) }
  const files = { certificate: clientCertFile, key: clientKeyFile ?? clientCertFile }
  return { ...conf, files, ...given({ certificate: parsed(await readCertificateIn(host, clientCertFile)) }) }
}

/** Returns the certificates in a file that may also contain a private key. */
async function readCertificateIn(host: HostReader, path: string): Promise<string> {
  const blocks = '/-----BEGIN CERTIFICATE-----/,/-----END CERTIFICATE-----/p'
  return (await host.query(['sed', '-n', blocks, path])).stdout
}

function parsed(pem: string | undefined): Certificate | undefined {
  try {
    return pem === undefined ? undefined : parseCertificate(pem)
  } catch (error) {
    if (!isKadmError(error)) throw error
    return undefined
  }
}
