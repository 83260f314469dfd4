import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import ssh2, { type ParsedKey } from 'ssh2'
import { given } from '../../../cluster/given.ts'
import type { Secret } from '../../../cluster/secret.ts'
import { signatureHash, writePublicKey } from '../trust/public-key.ts'
import { wireReader } from '../trust/wire.ts'

/** Signs with the negotiated hash, or the key's default. */
export type Sign = (data: Buffer, hash: string | undefined) => Buffer

/** The content of an IdentityFile. */
export type PrivateKeyFile = { readonly path: string } & (
  | { readonly kind: 'missing' }
  /** Why it cannot be used. */
  | { readonly kind: 'unusable'; readonly why: string }
  /** The agent may have the private key. */
  | { readonly kind: 'public'; readonly blob: Uint8Array }
  | { readonly kind: 'private'; readonly blob: Uint8Array; readonly sign: Sign }
  /** The blob is unknown if neither the file nor its `.pub` file contains it. */
  | {
      readonly kind: 'encrypted'
      readonly blob?: Uint8Array
      readonly open: (passphrase: Secret) => OpenKey | undefined
    }
)

export interface OpenKey {
  readonly blob: Uint8Array
  readonly sign: Sign
}

/** Reads a key in OpenSSH format or in PEM (PKCS#1, SEC1, PKCS#8). `uid` is the operator's. */
export async function readKeyFile(path: string, uid: number | undefined): Promise<PrivateKeyFile> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error)
  if (typeof text !== 'string') {
    if (text.code !== 'ENOENT') return { path, kind: 'unusable', why: text.message }
    const blob = await publicBeside(path)
    return blob === undefined ? { path, kind: 'missing' } : { path, kind: 'public', blob }
  }
  const shown = publicBlob(text)
  if (shown !== undefined) return { path, kind: 'public', blob: shown }
  const facts = await stat(path)
  const mode = facts.mode & 0o777
  if (facts.uid === uid && (mode & 0o077) !== 0)
    return {
      path,
      kind: 'unusable',
      why: `it is readable by other users (mode 0${mode.toString(8)}): chmod 600 ${path}`,
    }
  try {
    if (!isEncrypted(text)) return { path, kind: 'private', ...openKey(text) }
  } catch (error) {
    return { path, kind: 'unusable', why: (error as Error).message }
  }
  const blob = embeddedBlob(text) ?? (await publicBeside(path))
  return { path, kind: 'encrypted', ...given({ blob }), open: attempt(text) }
}

function attempt(text: string): (passphrase: Secret) => OpenKey | undefined {
  return passphrase => {
    try {
      return openKey(text, passphrase.reveal())
    } catch {
      return undefined
    }
  }
}

const ownFormat = '-----BEGIN OPENSSH PRIVATE KEY-----'

function openKey(text: string, passphrase?: string): OpenKey {
  if (!text.includes(ownFormat)) {
    const key = createPrivateKey({ key: text, ...given({ passphrase }) })
    return { blob: writePublicKey(createPublicKey(key)), sign: signer(key) }
  }
  const parsed: ParsedKey | Error = ssh2.utils.parseKey(text, passphrase)
  if (parsed instanceof Error) throw parsed
  return { blob: parsed.getPublicSSH(), sign: (data, hash) => parsed.sign(data, hash) }
}

function signer(key: KeyObject): Sign {
  return (data, hash) => sign(hash ?? signatureHash(key) ?? null, data, key)
}

/** OpenSSH's format names its cipher first; the others contain a text. */
function isEncrypted(text: string): boolean {
  return text.includes(ownFormat) ? ownFields(text).cipher !== 'none' : text.includes('ENCRYPTED')
}

function embeddedBlob(text: string): Uint8Array | undefined {
  return text.includes(ownFormat) ? ownFields(text).blob : undefined
}

/** Cipher and public key precede the encrypted private part (PROTOCOL.key). */
function ownFields(text: string): { cipher: string; blob: Uint8Array } {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)/.exec(text)?.[1] ?? ''
  const reader = wireReader(Buffer.from(body, 'base64').subarray('openssh-key-v1\0'.length))
  const cipher = reader.text()
  reader.string() // key derivation
  reader.string() // its options
  reader.uint32() // number of keys
  return { cipher, blob: reader.string() }
}

async function publicBeside(path: string): Promise<Uint8Array | undefined> {
  return publicBlob(await readFile(`${path}.pub`, 'utf8').catch(() => ''))
}

function publicBlob(text: string): Uint8Array | undefined {
  const [, type, body] = /^((?:ssh|ecdsa|sk)-\S+) ([A-Za-z0-9+/=]+)/.exec(text.trim()) ?? []
  return type === undefined || body === undefined ? undefined : Buffer.from(body, 'base64')
}
