import type { Kube } from '../../clients/kube/kube.ts'
import { dataOf, type KubeObject } from '../../cluster/kube-object.ts'
import { type Secret, secret } from '../../cluster/secret.ts'
import type { BootstrapToken } from '../../cluster/spec.ts'

/** A bootstrap token as stored in its Secret in kube-system. */
export interface StoredToken {
  readonly id: string
  /** `id.secret` */
  readonly token: Secret
  readonly description: string
  /** undefined: no expiration. */
  readonly expires?: Date
  /** Sorted. */
  readonly usages: readonly string[]
  readonly groups: readonly string[]
}

/** A Secret of this type that is not a valid bootstrap token. */
export interface BrokenToken {
  readonly name: string
  readonly reason: string
}

/** Reads the bootstrap tokens of a cluster, and the Secrets of this type that are not valid tokens. */
export async function readTokens(
  kube: Kube,
): Promise<{ readonly tokens: readonly StoredToken[]; readonly broken: readonly BrokenToken[] }> {
  const found = await kube.list({
    apiVersion: 'v1',
    kind: 'Secret',
    namespace: 'kube-system',
    fieldSelector: 'type=bootstrap.kubernetes.io/token',
  })
  const read = found.map(parseToken)
  return {
    tokens: read.flatMap(one => ('token' in one ? [one] : [])),
    broken: read.flatMap(one => ('token' in one ? [] : [one])),
  }
}

/** Parses the token in a Secret. Source: bootstraptoken/v1 utils.go. */
function parseToken({ metadata: { name }, ...object }: KubeObject): StoredToken | BrokenToken {
  const data = dataOf(object)
  const read = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString()
  const id = read('token-id')
  const half = read('token-secret')
  if (!/^[a-z0-9]{6}$/.test(id)) return { name, reason: 'its token-id does not have the form [a-z0-9]{6}' }
  if (!/^[a-z0-9]{16}$/.test(half)) return { name, reason: 'its token-secret does not have the form [a-z0-9]{16}' }
  if (name !== `bootstrap-token-${id}`) return { name, reason: `its name is not bootstrap-token-${id}` }
  const expiration = read('expiration')
  const expires = new Date(expiration)
  if (expiration !== '' && Number.isNaN(expires.getTime()))
    return { name, reason: 'its expiration is not a valid time' }
  const usages = Object.keys(data).filter(key => key.startsWith(usagePrefix) && read(key) === 'true')
  return {
    id,
    token: secret(`${id}.${half}`),
    description: read('description'),
    ...(expiration === '' ? {} : { expires }),
    usages: usages.map(key => key.slice(usagePrefix.length)).sort(),
    groups: read('auth-extra-groups').split(',').filter(Boolean),
  }
}

const usagePrefix = 'usage-bootstrap-'

/** Returns a token of an earlier run for the same purpose that is valid for at least one more minute. */
function reusable(
  tokens: readonly StoredToken[],
  wanted: { readonly description?: string; readonly usages: readonly string[]; readonly groups: readonly string[] },
  now: Date,
): StoredToken | undefined {
  return tokens
    .filter(token => token.expires === undefined || token.expires.getTime() - now.getTime() > 60_000)
    .filter(token => token.description === (wanted.description ?? ''))
    .find(token => same(token.usages, wanted.usages) && same(token.groups, wanted.groups))
}

/**
 * Returns the stored token to use for a wanted one: the same token while it is valid and has the same usages, or, if
 * the wanted one is generated, one of an earlier run with the same description, usages and groups.
 */
export async function findToken(kube: Kube, wanted: BootstrapToken, now: Date): Promise<StoredToken | undefined> {
  const { tokens } = await readTokens(kube)
  const given = tokens.find(token => token.token.reveal() === wanted.token.reveal())
  if (given !== undefined) return serves(given, wanted, now) ? given : undefined
  return wanted.drawn ? reusable(tokens, wanted, now) : undefined
}

/** The remaining lifetime is ignored, so that a second run changes nothing. */
function serves(found: StoredToken, wanted: BootstrapToken, now: Date): boolean {
  const forEver = wanted.expires === undefined && wanted.ttl <= 0
  if (forEver !== (found.expires === undefined)) return false
  if (wanted.expires !== undefined && seconds(wanted.expires) !== seconds(found.expires)) return false
  if (found.expires !== undefined && found.expires.getTime() <= now.getTime()) return false
  return same(found.usages, wanted.usages) && same(found.groups, wanted.groups)
}

function seconds(time: Date | undefined): number {
  return Math.floor((time?.getTime() ?? 0) / 1000)
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join() === [...b].sort().join()
}
