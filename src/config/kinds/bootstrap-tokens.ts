import { given } from '../../cluster/given.ts'
import { secret } from '../../cluster/secret.ts'
import type { BootstrapToken } from '../../cluster/spec.ts'
import { type Fault, faultsOf } from '../field/field-path.ts'
import type { InitDocument } from './kind-schemas.ts'

type TokenDocument = NonNullable<InitDocument['bootstrapTokens']>[number]

const usages = ['signing', 'authentication']
const groups = ['system:bootstrappers:kubeadm:default-node-token']
const groupPattern = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/
const day = 864e5

/**
 * Fills in ttl, usages, groups and a random token. Source: SetDefaults_BootstrapToken. Unlike kubeadm, `expires`
 * without ttl is valid: the ttl is the time until then.
 */
export function defaultTokens(
  documents: readonly TokenDocument[] | undefined,
  startedAt: Date,
  randomToken: () => string,
): readonly BootstrapToken[] {
  const all = documents === undefined || documents.length === 0 ? [{}] : documents
  return all.map((document): BootstrapToken => {
    const { token, description, ttl, expires } = document as TokenDocument
    const left = expires === undefined ? day : expires.getTime() - startedAt.getTime()
    return {
      ...(token === undefined ? { token: secret(randomToken()), drawn: true } : { token }),
      ...given({ description }),
      ttl: ttl ?? left,
      ...given({ expires }),
      usages: orDefault((document as TokenDocument).usages, usages),
      groups: orDefault((document as TokenDocument).groups, groups),
    }
  })
}

function orDefault(list: readonly string[] | undefined, fallback: readonly string[]): readonly string[] {
  return list === undefined || list.length === 0 ? fallback : list
}

const fault = faultsOf('InitConfiguration')

/** As in kubeadm, a token with a negative lifetime never expires. */
export function warnOfTokens(documents: readonly TokenDocument[] | undefined): readonly string[] {
  return (documents ?? []).flatMap(({ ttl = 0 }, i) => {
    if (ttl >= 0) return []
    return [`bootstrapTokens[${i}].ttl is negative: the token never expires; use 0s if that is intended`]
  })
}

/** Source: ValidateBootstrapTokens. */
export function validateTokens(documents: readonly TokenDocument[] | undefined, startedAt: Date): readonly Fault[] {
  return (documents ?? []).flatMap((document, i) => {
    const at = (name: string) => ['bootstrapTokens', i, name]
    return [
      ...validateUsages(document, at('usages')),
      ...validateGroups(document, at('groups')),
      ...validateLifetime(document, i, startedAt),
    ]
  })
}

function validateUsages(document: TokenDocument, path: (string | number)[]): readonly Fault[] {
  const unknown = (document.usages ?? []).filter(usage => !usages.includes(usage))
  if (unknown.length === 0) return []
  const valid = usages.join(',')
  const message = `invalid bootstrap token usage string: ${unknown.join(',')}, valid usage options: ${valid}`
  return [fault(path, message, `use ${usages.join(' and ')}`)]
}

function validateGroups(document: TokenDocument, path: (string | number)[]): readonly Fault[] {
  const used = orDefault(document.usages, usages)
  const named = orDefault(document.groups, groups)
  const message = 'token groups cannot be specified unless --usages includes "authentication"'
  return [
    ...(used.includes('authentication') ? [] : [fault(path, message, 'add the usage authentication')]),
    ...named
      .filter(group => !groupPattern.test(group))
      .map(group => {
        const text = String.raw`bootstrap group "${group}" is invalid (must match \Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\z)`
        return fault(path, text, 'use a group such as system:bootstrappers:worker')
      }),
  ]
}

function validateLifetime({ ttl, expires }: TokenDocument, i: number, startedAt: Date): readonly Fault[] {
  const path = ['bootstrapTokens', i]
  if (ttl !== undefined && expires !== undefined) {
    const message = 'the BootstrapToken .TTL and .Expires fields are mutually exclusive'
    return [fault(path, message, 'remove one of ttl and expires')]
  }
  if (expires === undefined || expires > startedAt) return []
  return [fault([...path, 'expires'], 'the token would be expired from the start', 'use a time in the future')]
}
