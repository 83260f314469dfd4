import { parseDuration } from '../../../cluster/duration.ts'
import { namedMachines } from '../../../compose/machines.ts'
import type { SaAsk } from '../../../compose/sa-nodes.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import type { CommonOptions } from '../../options.ts'
import type { Asked } from '../../run/intent.ts'
import { saCommands } from './steps.ts'

export interface SaOptions extends CommonOptions {
  readonly minAge: string
  readonly ignoreLegacyTokens?: boolean
  readonly yes?: boolean
  readonly dryRun?: boolean
}

export interface SaInput {
  readonly step: string
  readonly options: SaOptions
}

export interface SaAsked extends Asked {
  readonly ask: SaAsk
  readonly yes: boolean
  readonly startedAt: Date
}

/** Reads the flags of `certs rotate-sa`. Throws USAGE. */
export function parseSa({ step, options }: SaInput, startedAt: Date): SaAsked {
  const { minAge, ignoreLegacyTokens = false, yes = false, dryRun = false } = options
  const command = saCommands.find(one => one === step)
  if (command === undefined) {
    throw new KadmError('USAGE', `${step} is not a step of rotate-sa`, { hint: `use one of: ${saCommands.join(', ')}` })
  }
  const minAgeMs = parseDuration(minAge)
  if (minAgeMs === undefined || minAgeMs < 0) {
    throw new KadmError('USAGE', `--min-age ${minAge} is not a duration`, { hint: 'write it as 90s, 5m or 1h30m' })
  }
  return {
    ask: { command, minAgeMs, ignoreLegacyTokens },
    hosts: namedMachines(options),
    ...{ yes, dryRun, startedAt, access: 'change', pick: {}, warnings: [] },
  }
}
