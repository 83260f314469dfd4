import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { type Secret, secret } from '../cluster/secret.ts'
import type { EncryptionAlgorithm } from '../cluster/spec.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { decodePem, type PemBlock } from './pem.ts'

const generate = promisify(generateKeyPair)
const rsaBits = { 'RSA-2048': 2048, 'RSA-3072': 3072, 'RSA-4096': 4096 } as const
const curves = { 'ECDSA-P256': 'prime256v1', 'ECDSA-P384': 'secp384r1' } as const

const algorithms: readonly EncryptionAlgorithm[] = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'ECDSA-P256', 'ECDSA-P384']

/** Generates a private key off the main thread. */
export async function generateKey(algorithm: EncryptionAlgorithm): Promise<KeyObject> {
  const pair =
    algorithm === 'ECDSA-P256' || algorithm === 'ECDSA-P384'
      ? await generate('ec', { namedCurve: curves[algorithm] })
      : await generate('rsa', { modulusLength: rsaBits[algorithm], publicExponent: 65537 })
  return pair.privateKey
}

/** Returns the algorithm of a key, if new keys can have it. */
export function usualAlgorithmOf(key: KeyObject): EncryptionAlgorithm | undefined {
  const found = algorithmOf(key)
  return algorithms.find(one => one === found)
}

/**
 * Returns kubeadm's name for the algorithm of a key; for other kinds their own name, such as `RSA-1024` or `secp521r1`.
 */
export function algorithmOf(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'rsa') return `RSA-${modulusLength}`
  const known = Object.entries(curves).find(([, curve]) => curve === namedCurve)
  return known?.[0] ?? namedCurve ?? key.asymmetricKeyType ?? 'unknown'
}

/** Returns the private key as kubeadm writes it: PKCS#1 for RSA, SEC 1 for EC. */
export function privateKeyPem(key: KeyObject): Secret {
  const rsa = key.asymmetricKeyType === 'rsa'
  return secret(rsa ? exportPem(key, 'pkcs1') : exportPem(key, 'sec1'))
}

function exportPem(key: KeyObject, type: 'pkcs1' | 'sec1'): string {
  return key.export({ type, format: 'pem' }).toString()
}

/** Returns the public key as SPKI, as in sa.pub. */
export function publicKeyPem(key: KeyObject): string {
  const half = key.type === 'private' ? createPublicKey(key) : key
  return half.export({ type: 'spki', format: 'pem' }).toString()
}

const privateLabels: readonly string[] = ['EC PRIVATE KEY', 'RSA PRIVATE KEY', 'PRIVATE KEY']

/**
 * Returns the first usable RSA or EC key of a PEM text: PKCS#1, SEC 1 or PKCS#8. Throws CERT_INVALID, which names
 * `file`.
 */
export function parsePrivateKey(pem: string, file?: string): KeyObject {
  const blocks = decodePem(pem).filter(({ label }) => privateLabels.includes(label))
  const key = blocks.map(tryPrivateKey).find(found => found !== undefined)
  if (key?.asymmetricKeyType === 'rsa' || key?.asymmetricKeyType === 'ec') return key
  const reason =
    key === undefined ? 'holds no private key that can be read' : 'holds a key that is neither RSA nor ECDSA'
  throw new KadmError('CERT_INVALID', `${file ?? 'the text'} ${reason}`, {
    hint: 'kadm reads unencrypted RSA and ECDSA keys in PEM form; restore the file from a backup',
  })
}

function tryPrivateKey(block: PemBlock): KeyObject | undefined {
  try {
    return createPrivateKey(block.text)
  } catch {
    return undefined
  }
}

/** Returns the public keys of a PEM text such as sa.pub, which contains several during a rotation. */
export function parsePublicKeys(pem: string): readonly KeyObject[] {
  return decodePem(pem).flatMap(block => {
    try {
      return [createPublicKey(block.text)]
    } catch {
      return []
    }
  })
}
