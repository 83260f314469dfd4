import type { Kube } from '../clients/kube/kube.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import { type Secret, secret } from '../cluster/secret.ts'
import type { BootstrapToken } from '../cluster/spec.ts'

/** A bootstrap token as its Secret in kube-system holds it. */
export interface StoredToken {
  readonly id: string
  /** `id.secret` */
  readonly token: Secret
  readonly description: string
  /** undefined: never expires. */
  readonly expires?: Date
  readonly usages: readonly string[]
  readonly groups: readonly string[]
}

const usages = ['signing', 'authentication'] as const

/** Reads the bootstrap tokens of a cluster; Secrets that do not parse are left out. */
async function readTokens(kube: Kube): Promise<readonly StoredToken[]> {
  const found = await kube.list({
    apiVersion: 'v1',
    kind: 'Secret',
    namespace: 'kube-system',
    fieldSelector: 'type=bootstrap.kubernetes.io/token',
  })
  return found.flatMap(object => parseToken(object) ?? [])
}

/** The token in a Secret; undefined when its parts or its name do not fit. */
function parseToken(object: KubeObject): StoredToken | undefined {
  const data = (object.data ?? {}) as Readonly<Record<string, string>>
  const read = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString()
  const id = read('token-id')
  const half = read('token-secret')
  if (!/^[a-z0-9]{6}$/.test(id) || !/^[a-z0-9]{16}$/.test(half)) return undefined
  if (object.metadata.name !== `bootstrap-token-${id}`) return undefined
  const expiration = read('expiration')
  return {
    id,
    token: secret(`${id}.${half}`),
    description: read('description'),
    ...(expiration === '' ? {} : { expires: new Date(expiration) }),
    usages: usages.filter(usage => read(`usage-bootstrap-${usage}`) === 'true'),
    groups: read('auth-extra-groups').split(',').filter(Boolean),
  }
}

/** A token that an earlier run made for the same purpose and that still holds for a minute at least. */
function reusable(
  tokens: readonly StoredToken[],
  wanted: { readonly description?: string; readonly usages: readonly string[]; readonly groups: readonly string[] },
  now: Date,
): StoredToken | undefined {
  const same = (a: readonly string[], b: readonly string[]) => [...a].sort().join() === [...b].sort().join()
  return tokens
    .filter(token => token.expires === undefined || token.expires.getTime() - now.getTime() > 60_000)
    .filter(token => token.description === (wanted.description ?? ''))
    .find(token => same(token.usages, wanted.usages) && same(token.groups, wanted.groups))
}

/**
 * The stored token that serves for a wanted one: the very same, or, when the wanted one was drawn at random, one of an
 * earlier run with the same description, usages and groups.
 */
export async function findToken(kube: Kube, wanted: BootstrapToken, now: Date): Promise<StoredToken | undefined> {
  const tokens = await readTokens(kube)
  const given = tokens.find(token => token.token.reveal() === wanted.token.reveal())
  return given ?? (wanted.drawn ? reusable(tokens, wanted, now) : undefined)
}
