import type { UpgradeRequest } from '../../cluster/request.ts'
import { namedMachines } from '../../compose/machines.ts'
import type { UpgradeOptions } from '../../config/complete-upgrade.ts'
import type { FlagValues } from '../../config/flags/flag.ts'
import { type ParsedUpgrade, parseUpgradeRun } from '../../config/upgrade-run.ts'
import { phasesOf } from '../../phases/pipelines.ts'
import { checkNames } from '../../phases/preflight/check-names.ts'
import { checkSelection, phaseJudge, selectPhases } from '../../pipeline/plan.ts'
import { type CommonOptions, readConfigFile } from '../options.ts'
import type { Asked, Seen } from '../run/intent.ts'
import { patchFiles } from '../run/patch-files.ts'
import { refuseOthersFlags } from '../run/phase-flags.ts'

export interface UpgradeCommandLine {
  readonly options: Pick<CommonOptions, 'host'>
  readonly flags: FlagValues
  /** The target version; only of apply. */
  readonly version?: string | undefined
  /** Phase names of `phase`; absent for the whole upgrade. */
  readonly phase?: readonly string[]
}

export interface UpgradeAsked extends Asked {
  readonly parsed: ParsedUpgrade
  readonly upgrade: UpgradeOptions
  readonly rollbackOnFailure: boolean
}

export type UpgradeSeen = Seen<UpgradeRequest>

/** How many keys a control plane needs for its renewed certificates. */
const renewedKeys = 9

/** Reads the flags and the file of upgrade apply or upgrade node. Throws USAGE, CONFIG_INVALID, CONFIG_UNREADABLE. */
export function parseUpgradeCommand(
  command: 'apply' | 'node',
  { options, flags, phase }: UpgradeCommandLine,
): UpgradeAsked {
  const plan = `upgrade ${command}` as const
  const names = phasesOf(plan).map(({ id }) => id)
  const parsed = parseUpgradeRun({
    ...{ command, flags, patchFiles, checkNames },
    ...readConfigFile(flags.config),
    judgePhase: phaseJudge(plan, names),
  })
  const pick = selectPhases(phase, parsed.skipPhases)
  checkSelection(plan, names, pick)
  if (phase !== undefined) refuseOthersFlags(plan, phase, flags)
  const { certificateRenewal } = parsed.options
  return {
    ...{ parsed, pick, upgrade: parsed.options },
    rollbackOnFailure: flags['rollback-on-failure'] === true,
    hosts: namedMachines(options),
    access: 'change',
    dryRun: parsed.dryRun,
    warnings: parsed.warnings,
    earlyKeys: { algorithm: 'RSA-2048', count: certificateRenewal && phase === undefined ? renewedKeys : 0 },
  }
}
