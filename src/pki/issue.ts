import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto'
import { given } from '../cluster/given.ts'
import type { AltNames } from './alt-names.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { type Asn1, decodeDer, der, encodeDer } from './der.ts'
import { encodeExtensions, keyIdentifier, spkiOf, type Usage } from './extensions.ts'
import { encodeName, type Subject } from './name.ts'
import { encodePem } from './pem.ts'
import { signatureIdentifier, signed } from './signature.ts'

/** A CA that can sign. */
export interface Issuer {
  readonly certificate: Certificate
  readonly key: KeyObject
}

export interface CertificateRequest {
  readonly subject: Subject
  readonly usages: readonly Usage[]
  readonly sans: AltNames
  readonly ca: boolean
  /** The key to certify: public or private; private if self-signed. */
  readonly key: KeyObject
  /** Absent: self-signed. */
  readonly issuer?: Issuer
  readonly notBefore: Date
  readonly notAfter: Date
  /** Generated if absent. */
  readonly serial?: bigint
}

/** Issues an X.509 v3 certificate with the same bytes as kubeadm for the same input. Returns PEM. */
export function issueCertificate(request: CertificateRequest): string {
  const signer = request.issuer?.key ?? request.key
  const tbs = toBeSigned(request, signer)
  return encodePem('CERTIFICATE', encodeDer(signed(tbs, encodeDer(tbs), signer)))
}

/** Like issueCertificate, but returns the parsed certificate. */
export function issue(request: CertificateRequest): Certificate {
  return parseCertificate(issueCertificate(request))
}

/** Returns a number uniform in [1, 2^63 - 1), as kubeadm's serial numbers. */
export function newSerial(random: (size: number) => Uint8Array = randomBytes): bigint {
  const limit = (1n << 63n) - 2n
  for (;;) {
    const value = BigInt(`0x${Buffer.from(random(8)).toString('hex')}`) >> 1n
    if (value < limit) return value + 1n
  }
}

function toBeSigned(request: CertificateRequest, signer: KeyObject): Asn1 {
  const subject = encodeName(request.subject)
  const issuer = request.issuer?.certificate.subjectDer ?? subject
  const publicKey = request.key.type === 'private' ? createPublicKey(request.key) : request.key
  return der.sequence(
    der.tagged(0, der.integer(2n)),
    der.integer(request.serial ?? newSerial()),
    signatureIdentifier(signer),
    decodeDer(issuer),
    der.sequence(der.time(request.notBefore), der.time(request.notAfter)),
    decodeDer(subject),
    decodeDer(spkiOf(publicKey)),
    der.tagged(3, encodeExtensions(extensionsOf(request, issuer.equals(subject), publicKey))),
  )
}

function extensionsOf(request: CertificateRequest, selfIssued: boolean, publicKey: KeyObject) {
  const authorityKeyId = selfIssued ? undefined : request.issuer?.certificate.subjectKeyId
  return {
    ca: request.ca,
    usages: request.usages,
    sans: request.sans,
    ...(request.ca && { subjectKeyId: keyIdentifier(publicKey) }),
    ...given({ authorityKeyId }),
  }
}
