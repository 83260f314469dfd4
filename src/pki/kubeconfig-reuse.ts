import { KadmError } from '../errors/kadm-error.ts'
import { parseCertificate, parseCertificates } from './certificate.ts'
import { type Kubeconfig, parseKubeconfig } from './kubeconfig.ts'
import { periodFault } from './verify.ts'

export interface ExpectedKubeconfig {
  /** Path of the file, for messages. */
  readonly file: string
  /** PEM of the cluster's CA certificates. */
  readonly ca: string
  readonly server: string
  readonly now: Date
  /** Content of the file in `certificate-authority`, if the kubeconfig references one. */
  readonly referredCa?: string
}

export type KubeconfigReuse =
  | { readonly action: 'create' }
  | { readonly action: 'keep'; readonly kubeconfig: Kubeconfig; readonly warnings: readonly string[] }

/**
 * Decides on an existing kubeconfig. As in kubeadm, it is kept if it trusts the cluster's CA; another server or an
 * expired client certificate is a warning. Throws KUBECONFIG_INVALID otherwise.
 */
export function kubeconfigReuse(text: string | undefined, expected: ExpectedKubeconfig): KubeconfigReuse {
  if (text === undefined) return { action: 'create' }
  const kubeconfig = parseKubeconfig(text, expected.file)
  const pem = kubeconfig.caPem ?? expected.referredCa
  if (pem === undefined || !trusts(pem, expected)) throw notTrusted(expected.file)
  return {
    action: 'keep',
    kubeconfig,
    warnings: [...serverWarnings(kubeconfig, expected), ...expiry(kubeconfig, expected)],
  }
}

/** kubeadm only reads the first certificate of the file. */
function trusts(pem: string, expected: ExpectedKubeconfig): boolean {
  const first = parseCertificate(pem, `the CA in ${expected.file}`)
  return parseCertificates(expected.ca).some(ca => ca.der.equals(first.der))
}

function notTrusted(file: string): KadmError {
  return new KadmError('KUBECONFIG_INVALID', `${file} does not trust the CA of this cluster`, {
    hint: 'it belongs to another cluster: remove it to create a new one',
  })
}

function serverWarnings({ server }: Kubeconfig, expected: ExpectedKubeconfig): readonly string[] {
  if (server === expected.server) return []
  return [`${expected.file} uses ${server} instead of ${expected.server}; it is kept`]
}

function expiry({ clientCertPem }: Kubeconfig, { file, now }: ExpectedKubeconfig): readonly string[] {
  if (clientCertPem === undefined) return []
  const fault = periodFault(parseCertificate(clientCertPem, `the client certificate in ${file}`), now)
  return fault === undefined ? [] : [`the client certificate in ${file} ${fault.reason}; it is kept`]
}
