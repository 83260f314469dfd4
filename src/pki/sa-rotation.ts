import { createHash, type KeyObject, verify } from 'node:crypto'
import type { SaKey, SaPair, SaStep } from '../cluster/sa-rotation.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { spkiOf } from './extensions.ts'
import { parsePrivateKey, parsePublicKeys, privateKeyPem, publicKeyPem } from './keys.ts'

export type SaCommand = 'prepare' | 'switch' | 'finish' | 'rollback'

/** How far a rotation is, on all control planes together. */
export type SaState = 'none' | 'preparing' | 'prepared' | 'switching' | 'switched' | 'finishing'

/** The keys in the files of a control plane, by ID. */
export interface SaOnHost {
  readonly host: string
  /** sa.key */
  readonly signer: string
  /** sa.pub */
  readonly trusted: readonly string[]
  /** The keys of the rotation, once both are there. */
  readonly pair?: SaPair
}

/** Returns the ID of a key as kube-apiserver derives it for its key set and for tokens. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256').update(spkiOf(publicKey)).digest('base64url')
}

/** Returns the key in a PEM text with its ID. Throws CERT_INVALID, which names `file`. */
export function saKeyOf(key: KeyObject): SaKey {
  const publicPem = publicKeyPem(key)
  const [publicKey] = parsePublicKeys(publicPem)
  return { id: publicKey === undefined ? '' : keyIdOf(publicKey), privatePem: privateKeyPem(key), publicPem }
}

export function parseSaKey(pem: string, file: string): SaKey {
  return saKeyOf(parsePrivateKey(pem, file))
}

/** Returns the pair of the rotation on these hosts; undefined if there is none. Throws CERT_INVALID for two rotations. */
export function saPairOfHosts(hosts: readonly SaOnHost[]): SaPair | undefined {
  const [first, ...more] = hosts.flatMap(({ host, pair }) => (pair === undefined ? [] : [{ host, pair }]))
  const other = more.find(({ pair }) => pair.old.id !== first?.pair.old.id || pair.new.id !== first.pair.new.id)
  if (first === undefined || other === undefined) return first?.pair
  throw new KadmError('CERT_INVALID', `${first.host} and ${other.host} hold the keys of different rotations`, {
    hint: 'remove the directory rotation/sa of the certificates directory on the host whose keys are not in use',
  })
}

/** Returns how far the rotation of this pair is. Throws CERT_INVALID for a host with other keys. */
export function saStateOf(hosts: readonly SaOnHost[], pair: SaPair | undefined): SaState {
  if (pair === undefined) {
    requireEqual(hosts)
    return 'none'
  }
  const { old, new: added } = pair
  const strange = hosts.find(({ signer }) => signer !== old.id && signer !== added.id)
  if (strange !== undefined) throw otherKey(strange.host)
  const both = hosts.every(({ trusted }) => trusted.includes(old.id) && trusted.includes(added.id))
  const signsNew = hosts.filter(({ signer }) => signer === added.id)
  if (signsNew.some(({ trusted }) => !trusted.includes(old.id))) return 'finishing'
  if (signsNew.length === 0) return both && hosts.every(one => one.pair !== undefined) ? 'prepared' : 'preparing'
  return signsNew.length === hosts.length && both ? 'switched' : 'switching'
}

function requireEqual(hosts: readonly SaOnHost[]): void {
  const odd = hosts.find(({ signer }) => signer !== hosts[0]?.signer)
  if (odd !== undefined) throw otherKey(odd.host)
}

function otherKey(host: string): KadmError {
  return new KadmError('CERT_INVALID', `sa.key on ${host} is not the key of the other control planes`, {
    hint: 'copy sa.key and sa.pub of a control plane whose tokens the cluster accepts to this host, and restart its kube-apiserver',
  })
}

const stepsOf: Readonly<Record<SaCommand, Partial<Record<SaState, SaStep>>>> = {
  prepare: { none: 'prepare', preparing: 'prepare', prepared: 'prepare' },
  switch: { prepared: 'switch', switching: 'switch', switched: 'switch' },
  finish: { switched: 'finish', finishing: 'finish' },
  rollback: { preparing: 'unprepare', prepared: 'unprepare', switching: 'unswitch', switched: 'unswitch' },
}

/** Returns what a command does in this state; undefined if it is not possible. */
export function saStepOf(command: SaCommand, state: SaState): SaStep | undefined {
  return stepsOf[command][state]
}

/** Returns the ID of the key that a token names; undefined for text that is not a token. */
export function keyIdOfToken(token: string): string | undefined {
  const { kid } = headerOf(token)
  return typeof kid === 'string' ? kid : undefined
}

function headerOf(token: string): { readonly alg?: unknown; readonly kid?: unknown } {
  try {
    const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as unknown
    return typeof header === 'object' && header !== null ? header : {}
  } catch {
    return {}
  }
}

const hashes: Readonly<Record<string, string>> = {
  ...{ RS256: 'sha256', RS384: 'sha384', RS512: 'sha512' },
  ...{ ES256: 'sha256', ES384: 'sha384', ES512: 'sha512' },
}

/** True if the key signed the token (a JWT), whatever it claims. */
export function signedToken(token: string, { publicPem }: SaKey): boolean {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const [key] = parsePublicKeys(publicPem)
  const hash = hashes[String(headerOf(token).alg)]
  if (key === undefined || hash === undefined || signature === '') return false
  const bytes = Buffer.from(`${header}.${claims}`)
  return verify(hash, bytes, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
}
