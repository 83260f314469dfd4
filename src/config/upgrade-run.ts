import { given } from '../cluster/given.ts'
import type { UpgradeOptions } from './complete-upgrade.ts'
import type { ConfigFile } from './documents/open-drafts.ts'
import { throwProblems } from './documents/open-drafts.ts'
import { type ListPatchFiles, openPatches } from './documents/patch-files.ts'
import { type CheckNames, warnOfIgnored } from './field/check-names.ts'
import type { FlagValues } from './flags/flag.ts'
import { overlayFlags, readRunFlags, refuseMixing } from './flags/overlay.ts'
import { type JudgePhase, validatePhases } from './kinds/skipped-phases.ts'
import { parseUpgrade, type UpgradeConfiguration } from './upgrade.ts'

export interface UpgradeInput {
  readonly command: 'apply' | 'node'
  readonly file?: ConfigFile
  readonly flags: FlagValues
  readonly patchFiles?: ListPatchFiles
  /** Validates phase names in a file. */
  readonly judgePhase?: JudgePhase
  readonly checkNames?: CheckNames
}

/** An upgrade that was validated as far as possible without a host. */
export interface ParsedUpgrade {
  readonly options: UpgradeOptions
  readonly apply: UpgradeConfiguration['apply']
  readonly dryRun: boolean
  /** True if kadm does not ask before it changes something: --yes or --force. */
  readonly agreed: boolean
  readonly skipPhases: readonly string[]
  readonly warnings: readonly string[]
}

const kind = 'UpgradeConfiguration'

/** Reads the file and the flags of `upgrade apply` or `upgrade node`. Throws CONFIG_INVALID, USAGE. */
export function parseUpgradeRun({ command, file, flags, ...input }: UpgradeInput): ParsedUpgrade {
  refuseMixing(file, flags)
  const { config, warnings, drafts } = parseUpgrade(file, found => overlayFlags(found, `upgrade ${command}`, flags))
  const asked = config[command]
  const { skipPhases = [], dryRun = false, patches: where } = asked
  const faults = flags['skip-phases'] === undefined ? validatePhases(kind, skipPhases, input.judgePhase) : []
  const { patches, ...unfit } = openPatches(where?.directory, input.patchFiles, text =>
    drafts.problemOf({ kind, path: [command, 'patches', 'directory'], ...text }),
  )
  throwProblems([...faults.map(drafts.problemOf), ...unfit.problems])
  const ignored = [...new Set((asked.ignorePreflightErrors ?? []).map(name => name.toLowerCase()))].sort()
  return {
    options: {
      ...given({ kubeconfig: readRunFlags(flags).kubeconfig }),
      certificateRenewal: asked.certificateRenewal,
      etcdUpgrade: asked.etcdUpgrade,
      ignorePreflightErrors: ignored,
      imagePullPolicy: asked.imagePullPolicy as NonNullable<UpgradeOptions['imagePullPolicy']>,
      imagePullSerial: asked.imagePullSerial,
      patches,
      timeouts: config.timeouts,
    },
    apply: config.apply,
    dryRun,
    agreed: flags.yes === true || config.apply.forceUpgrade === true,
    skipPhases,
    warnings: [...warnings, ...unfit.warnings, ...warnOfIgnored(ignored, input.checkNames)],
  }
}
