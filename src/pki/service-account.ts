import type { KeyObject } from 'node:crypto'
import { KadmError } from '../errors/kadm-error.ts'
import { parsePrivateKey, parsePublicKeys, publicKeyPem } from './keys.ts'

/** The service account key pair on the host. */
export interface FoundKeyPair {
  readonly keyPath: string
  readonly publicKeyPath: string
  readonly key?: string
  readonly publicKey?: string
}

export type KeyPairReuse =
  | { readonly action: 'create' }
  | {
      readonly action: 'keep'
      readonly key: KeyObject
      /** True if sa.pub is absent and must be written from the key. */
      readonly publicKeyMissing: boolean
      readonly warnings: readonly string[]
    }

/** Decides on existing sa.key and sa.pub. Throws CERT_INVALID if sa.key is missing or unreadable. */
export function decideServiceAccountReuse(found: FoundKeyPair): KeyPairReuse {
  if (found.key === undefined && found.publicKey === undefined) return { action: 'create' }
  if (found.key === undefined) {
    throw new KadmError('CERT_INVALID', `${found.publicKeyPath} is there but ${found.keyPath} is missing`, {
      hint: `restore ${found.keyPath}, or remove ${found.publicKeyPath} to create both again`,
    })
  }
  const key = parsePrivateKey(found.key, found.keyPath)
  if (found.publicKey === undefined) return { action: 'keep', key, publicKeyMissing: true, warnings: [] }
  // Compares text, because KeyObject.equals with two kinds of key makes the next, unrelated crypto call of Node 20
  // fail.
  const known = parsePublicKeys(found.publicKey).some(publicKey => publicKeyPem(publicKey) === publicKeyPem(key))
  const warning = `${found.publicKeyPath} does not hold the public half of ${found.keyPath}: the API server will refuse the tokens signed with it; both are kept`
  return { action: 'keep', key, publicKeyMissing: false, warnings: known ? [] : [warning] }
}
