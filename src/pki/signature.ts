import { type KeyObject, sign } from 'node:crypto'
import { type Asn1, der } from './der.ts'

interface SignatureAlgorithm {
  readonly oid: string
  readonly hash: 'sha256' | 'sha384' | 'sha512'
}

const rsa: SignatureAlgorithm = { oid: '1.2.840.113549.1.1.11', hash: 'sha256' }
const ecdsa = {
  sha256: { oid: '1.2.840.10045.4.3.2', hash: 'sha256' },
  sha384: { oid: '1.2.840.10045.4.3.3', hash: 'sha384' },
  sha512: { oid: '1.2.840.10045.4.3.4', hash: 'sha512' },
} as const satisfies Record<string, SignatureAlgorithm>

/**
 * Returns the algorithm that Go selects for a key: SHA-256 for every RSA size, for EC the hash with the size of the
 * curve.
 */
function signatureAlgorithmOf(key: KeyObject): SignatureAlgorithm {
  if (key.asymmetricKeyType === 'rsa') return rsa
  const curve = key.asymmetricKeyDetails?.namedCurve
  if (curve === 'secp384r1') return ecdsa.sha384
  return curve === 'secp521r1' ? ecdsa.sha512 : ecdsa.sha256
}

/** Returns the AlgorithmIdentifier: RSA has NULL parameters, ECDSA none (RFC 4055, RFC 5758). */
export function signatureIdentifier(key: KeyObject): Asn1 {
  const { oid } = signatureAlgorithmOf(key)
  return oid === rsa.oid ? der.sequence(der.oid(oid), der.null()) : der.sequence(der.oid(oid))
}

/** Appends algorithm and signature to a Certificate or a CertificationRequest. */
export function signed(toBeSigned: Asn1, bytes: Uint8Array, key: KeyObject): Asn1 {
  const signature = sign(signatureAlgorithmOf(key).hash, bytes, key)
  return der.sequence(toBeSigned, signatureIdentifier(key), der.bits(signature))
}
