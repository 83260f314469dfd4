import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { type Secret, secret } from '../cluster/secret.ts'
import { KadmError } from '../errors/kadm-error.ts'

type Random = (size: number) => Uint8Array

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** Generates a key for the Secret kubeadm-certs: 32 random bytes as 64 hex characters. */
export function newCertificateKey(random: Random = randomBytes): Secret {
  return secret(Buffer.from(random(keyBytes)).toString('hex'))
}

/** Encrypts one file for kubeadm-certs: nonce, ciphertext, tag (AES-256-GCM, no additional data). */
export function seal(key: Secret, plaintext: Uint8Array, random: Random = randomBytes): Buffer {
  const nonce = random(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', rawKey(key), nonce)
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** Decrypts one entry of kubeadm-certs. Throws CERT_INVALID, which names the entry, if the key does not match. */
export function openSealed(key: Secret, sealed: Uint8Array, name = 'an entry'): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', rawKey(key), sealed.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
    decipher.setAuthTag(sealed.subarray(Math.max(nonceBytes, sealed.length - tagBytes)))
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()])
  } catch (cause) {
    if (cause instanceof KadmError) throw cause
    throw new KadmError('CERT_INVALID', `cannot decrypt ${name} of the kubeadm-certs Secret`, {
      hint: 'the certificate key does not match the last upload; upload again with `kadm init phase upload-certs --upload-certs`',
      cause,
    })
  }
}

function rawKey(key: Secret): Buffer {
  const text = key.reveal()
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  throw new KadmError('CONFIG_INVALID', 'the certificate key is not made of 64 hex characters (32 bytes)', {
    hint: 'make one with `kadm certs certificate-key`',
  })
}
