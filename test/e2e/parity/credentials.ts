import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { algorithmOf } from '../../../src/pki/keys.ts'
import { describeCertificate } from '../../pki/describe.ts'

/** The data that a credential is compared with. */
export interface Surroundings {
  /** PEM of the CAs of the cluster, by file name. */
  readonly cas: ReadonlyMap<string, string>
  /** When its command began. The clock is compared with this host's, which is the same. */
  readonly startedAt: Date
}

/** Returns a certificate without random values: its times as differences, its signer by name. */
export function certificateFacts(pem: string, { cas, startedAt }: Surroundings) {
  const { notBefore, notAfter, serialBytes, ...rest } = describeCertificate(pem)
  const certificate = new X509Certificate(pem)
  const signers = [...cas].filter(([, ca]) => certificate.verify(new X509Certificate(ca).publicKey))
  const fromCas = signers.map(([, ca]) => seconds(certificate.validFrom, new X509Certificate(ca).validFrom))
  return {
    ...rest,
    form: pemForm(pem),
    serialFits: serialBytes <= 8,
    timeTypes: [notBefore, notAfter].map(time => time.replace(/^\S+ /, '')),
    signedBy: signers.map(([name]) => name),
    secondsAfterCa: fromCas,
    // The certificate of a kubeconfig is valid from the start of its CA, even if it is issued later.
    ...(certificate.ca ? { minutesBeforeStart: minutes(startedAt, certificate.validFrom) } : {}),
    minutesAfterStart: minutes(certificate.validTo, startedAt),
  }
}

/** Returns a private or public key without its bits. */
export function keyFacts(pem: string) {
  const isPublic = pem.includes('PUBLIC KEY')
  return { form: pemForm(pem), algorithm: algorithmOf(isPublic ? createPublicKey(pem) : createPrivateKey(pem)) }
}

/** True when the private key belongs to the certificate or public key. */
export function isPair(pem: string, keyPem: string): boolean {
  const half = pem.includes('CERTIFICATE') ? new X509Certificate(pem).publicKey : createPublicKey(pem)
  return half.equals(createPublicKey(createPrivateKey(keyPem)))
}

/** The form of a PEM text: labels, line width, line ends; one mark for all lines of data. */
function pemForm(pem: string): string {
  return pem.replace(/^(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/=]{1,64}\n(?=-----END)/gm, '<lines of 64>\n')
}

type Time = Date | string

function seconds(a: Time, b: Time): number {
  return Math.round((new Date(a).getTime() - new Date(b).getTime()) / 1000)
}

/** Rounded, so that half a minute between the start of a command and its first use of the clock is ignored. */
function minutes(a: Time, b: Time): number {
  return Math.round(seconds(a, b) / 60)
}
