import { given } from '../../../cluster/given.ts'
import { paths } from '../../../cluster/paths.ts'
import { namedMachines } from '../../../compose/machines.ts'
import type { UpgradeOptions } from '../../../config/complete-upgrade.ts'
import { throwProblems } from '../../../config/documents/open-drafts.ts'
import { openPatches } from '../../../config/documents/patch-files.ts'
import { refuseMixing } from '../../../config/flags/overlay.ts'
import { parseUpgrade } from '../../../config/upgrade.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import { machinePath } from '../../named-paths.ts'
import { type CommonOptions, readConfigFile } from '../../options.ts'
import type { Asked } from '../../run/intent.ts'
import { patchFiles } from '../../run/patch-files.ts'
import { readTarget } from '../target.ts'

const defaultKubeconfig = `${paths.kubernetesDir}/admin.conf`

export interface DiffOptions extends CommonOptions {
  readonly config?: string
  readonly contextLines?: string
  readonly kubeconfig: string
  readonly patches?: string
}

export interface DiffInput {
  readonly version: string | undefined
  readonly options: DiffOptions
}

export interface DiffAsked extends Asked {
  readonly upgrade: UpgradeOptions & { readonly kubeconfig: string }
  readonly contextLines: number
}

/** Reads flags and file; connects to no host. Throws USAGE, CONFIG_INVALID, CONFIG_UNREADABLE. */
export function parseDiff({ version, options }: DiffInput): DiffAsked {
  const { file } = readConfigFile(options.config)
  refuseMixing(file, given({ 'context-lines': options.contextLines, patches: options.patches }))
  const { config, warnings } = parseUpgrade(file)
  const target = readTarget(version ?? config.diff.kubernetesVersion)
  const directory = options.patches ?? config.apply.patches?.directory
  const { patches, problems, warnings: ignored } = openPatches(directory, patchFiles)
  throwProblems(problems)
  const { timeouts, apply } = config
  return {
    hosts: namedMachines(options),
    access: 'read',
    dryRun: true,
    pick: {},
    warnings: [...warnings, ...ignored],
    contextLines: readContext(options.contextLines ?? config.diff.contextLines),
    upgrade: {
      ...given({ version: target }),
      kubeconfig: machinePath(options.kubeconfig || defaultKubeconfig, {
        by: '--kubeconfig',
        remote: options.host !== undefined,
      }),
      certificateRenewal: false,
      etcdUpgrade: apply.etcdUpgrade,
      patches,
      timeouts,
    },
  }
}

function readContext(asked: string | number | bigint | undefined): number {
  if (asked === undefined) return 3
  if (/^\d{1,9}$/.test(String(asked))) return Number(asked)
  throw new KadmError('USAGE', `--context-lines ${asked} is not a number of lines`, {
    hint: 'write a number such as 3',
  })
}
