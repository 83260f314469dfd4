import { given } from '../cluster/given.ts'
import type { Secret } from '../cluster/secret.ts'
import type { BootstrapToken } from '../cluster/spec.ts'
import { KadmError, type Problem } from '../errors/kadm-error.ts'
import type { Drafts } from './documents/drafts.ts'
import { type ConfigFile, openDrafts, throwProblems } from './documents/open-drafts.ts'
import { readDocument } from './documents/sound-part.ts'
import { validateCertificateKey } from './field/validate-fields.ts'
import type { FlagValues } from './flags/flag.ts'
import { refuseMixing } from './flags/overlay.ts'
import { tokenFlags } from './flags/token.ts'
import { parseFlagValue } from './flags/values.ts'
import { defaultTokens, validateTokens } from './kinds/bootstrap-tokens.ts'
import { initSchema } from './kinds/kind-schemas.ts'

const kind = 'InitConfiguration'
const path = ['bootstrapTokens', 0]
export interface TokenCreateInput {
  readonly file?: ConfigFile
  readonly flags: FlagValues
  /** `id.secret`, if the operator sets it. */
  readonly token?: Secret
  readonly certificateKey?: Secret
  readonly startedAt: Date
  readonly randomToken: () => string
}

/**
 * Returns the tokens that `token create` creates: those of a file, else the one of the flags. Throws CONFIG_INVALID,
 * USAGE.
 */
export function parseTokenCreate(input: TokenCreateInput): readonly BootstrapToken[] {
  const { file, flags, token, certificateKey, startedAt, randomToken } = input
  if (file !== undefined) refuseBesideFile(file, flags, token)
  const opened = openDrafts(file, [kind, 'ClusterConfiguration'], [kind, 'ClusterConfiguration'])
  const { drafts } = opened
  const flagProblems = lay(drafts, flags)
  if (token !== undefined) drafts.set(kind, [...path, 'token'], token.reveal(), 'token')
  const read = readDocument(initSchema, kind, drafts.typed(kind))
  throwProblems([...opened.problems, ...flagProblems, ...read.faults.map(drafts.problemOf)])
  const tokens = read.value?.bootstrapTokens
  const key = validateCertificateKey('', ['certificate-key'], certificateKey?.reveal())
  const keyProblems = key.map(({ message, remedy }): Problem => {
    return { field: '--certificate-key', message, ...given({ remedy }) }
  })
  const lifetime = file === undefined ? (tokens?.[0]?.ttl ?? 0) : 0
  const negative = {
    kind,
    path: [...path, 'ttl'],
    message: 'the ttl is negative',
    remedy: 'use 24h, or 0 for no expiration',
  }
  const faults = [...validateTokens(tokens, startedAt), ...(lifetime < 0 ? [negative] : [])].map(drafts.problemOf)
  throwProblems([...(file === undefined ? faults.map(byFlag) : faults), ...keyProblems])
  return defaultTokens(tokens, startedAt, randomToken)
}

/** Adds the flag that changes a default which does not fit another flag. */
function byFlag({ field, ...problem }: Problem): Problem {
  return { field: `--${field?.split('.').at(-1)?.replace(/^--/, '')}`, ...problem }
}

function refuseBesideFile(file: ConfigFile, flags: FlagValues, token: Secret | undefined): void {
  refuseMixing(file, flags)
  if (token === undefined) return
  const hint = 'put it into bootstrapTokens of the InitConfiguration, or leave --config out'
  throw new KadmError('USAGE', "can not mix '--config' with a token", { hint })
}

function lay(drafts: Drafts, flags: FlagValues): readonly Problem[] {
  return tokenFlags.flatMap(flag => {
    const raw = flags[flag.name]
    if (raw === undefined) return []
    const parsed = parseFlagValue(flag, raw)
    if ('message' in parsed) return [{ field: `--${flag.name}`, ...parsed }]
    drafts.set(kind, [...path, flag.name], parsed.value, flag.name)
    return []
  })
}
