import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { wireReader, wireString } from './wire.ts'

const curves: Readonly<Record<string, { readonly jwk: string; readonly hash: string; readonly bytes: number }>> = {
  nistp256: { jwk: 'P-256', hash: 'sha256', bytes: 32 },
  nistp384: { jwk: 'P-384', hash: 'sha384', bytes: 48 },
  nistp521: { jwk: 'P-521', hash: 'sha512', bytes: 66 },
}

/** Returns a public key from its blob (RFC 4253, 6.6; RFC 5656, 3.1; RFC 8709, 4). Throws for other types. */
export function readPublicKey(blob: Uint8Array): KeyObject {
  const reader = wireReader(blob)
  const type = reader.text()
  if (type === 'ssh-ed25519') return jwk({ kty: 'OKP', crv: 'Ed25519', x: base64(reader.string()) })
  if (type === 'ssh-rsa') {
    const [e, n] = [reader.string(), reader.string()]
    return jwk({ kty: 'RSA', e: base64(positive(e)), n: base64(positive(n)) })
  }
  const curve = type.startsWith('ecdsa-sha2-') ? curves[reader.text()] : undefined
  if (curve === undefined) throw new TypeError(`${type} is not a type of key that can be used`)
  const point = reader.string()
  if (point[0] !== 4 || point.length !== 1 + 2 * curve.bytes) throw new TypeError('the point is not on the curve')
  const [x, y] = [point.subarray(1, 1 + curve.bytes), point.subarray(1 + curve.bytes)]
  return jwk({ kty: 'EC', crv: curve.jwk, x: base64(x), y: base64(y) })
}

/** Returns the blob of a public key. Throws for types that OpenSSH does not use. */
export function writePublicKey(key: KeyObject): Buffer {
  const { kty, crv, n = '', e = '', x = '', y = '' } = key.export({ format: 'jwk' })
  if (kty === 'OKP' && crv === 'Ed25519') return Buffer.concat([wireString('ssh-ed25519'), wireString(bytes(x))])
  if (kty === 'RSA')
    return Buffer.concat([wireString('ssh-rsa'), wireString(mpint(bytes(e))), wireString(mpint(bytes(n)))])
  const [name] = Object.entries(curves).find(([, curve]) => curve.jwk === crv) ?? []
  if (kty !== 'EC' || name === undefined) throw new TypeError(`${crv ?? kty} is not a type of key that SSH uses`)
  const point = Buffer.concat([Buffer.of(4), bytes(x), bytes(y)])
  return Buffer.concat([wireString(`ecdsa-sha2-${name}`), wireString(name), wireString(point)])
}

/** True if a signature blob (type and value) over data was made with the key. */
export function verifySignature(key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  const reader = wireReader(signature)
  const type = reader.text()
  const value = reader.string()
  if (type === 'ssh-ed25519') return key.asymmetricKeyType === 'ed25519' && verify(null, data, key, value)
  const rsaHash = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' }[type]
  if (rsaHash !== undefined) return key.asymmetricKeyType === 'rsa' && verify(rsaHash, data, key, value)
  const curve = curves[type.replace('ecdsa-sha2-', '')]
  if (curve === undefined || key.asymmetricKeyType !== 'ec') return false
  const pair = wireReader(value)
  const [r, s] = [fixed(pair.string(), curve.bytes), fixed(pair.string(), curve.bytes)]
  return verify(curve.hash, data, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat([r, s]))
}

/** Returns the default hash of a key's signatures; undefined for keys with a fixed hash. */
export function signatureHash(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType === 'rsa') return 'sha256'
  const names: Readonly<Record<string, string>> = { prime256v1: 'sha256', secp384r1: 'sha384', secp521r1: 'sha512' }
  return names[key.asymmetricKeyDetails?.namedCurve ?? '']
}

function jwk(key: Readonly<Record<string, string>>): KeyObject {
  return createPublicKey({ key, format: 'jwk' })
}

function base64(value: Uint8Array): string {
  return Buffer.from(value).toString('base64url')
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}

/** Removes the zeros that keep a number positive. */
function positive(value: Buffer): Buffer {
  const start = value.findIndex(byte => byte !== 0)
  return value.subarray(start === -1 ? value.length : start)
}

function mpint(value: Buffer): Buffer {
  return (value[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), value]) : value
}

function fixed(value: Buffer, length: number): Buffer {
  const short = positive(value)
  return Buffer.concat([Buffer.alloc(Math.max(0, length - short.length)), short])
}
