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

export interface PlanOptions extends CommonOptions {
  readonly allowExperimentalUpgrades?: boolean
  readonly allowReleaseCandidateUpgrades?: boolean
  readonly config?: string
  readonly etcdUpgrade?: boolean
  readonly exitCode?: boolean
  readonly ignorePreflightErrors?: readonly string[]
  readonly kubeconfig: string
  readonly patches?: string
  readonly printConfig?: boolean
}

export interface PlanInput {
  readonly version: string | undefined
  readonly options: PlanOptions
}

export interface PlanAsked extends Asked {
  readonly upgrade: UpgradeOptions & { readonly kubeconfig: string }
  /** The version that the operator names. */
  readonly target?: string
  readonly allowExperimental: boolean
  readonly allowReleaseCandidate: boolean
  readonly ignored: readonly string[]
  readonly printConfig: boolean
  readonly exitCode: boolean
}

/** Reads flags and file; connects to no host. Throws USAGE, CONFIG_INVALID, CONFIG_UNREADABLE. */
export function parsePlan({ version, options }: PlanInput): PlanAsked {
  const { file } = readConfigFile(options.config)
  refuseMixing(file, mixable(options))
  const { config, warnings } = parseUpgrade(file)
  const { plan, apply, timeouts } = config
  const target = readTarget(version ?? plan.kubernetesVersion)
  const { patches, problems, warnings: unfit } = openPatches(options.patches ?? apply.patches?.directory, patchFiles)
  throwProblems(problems)
  const ignored = [...(options.ignorePreflightErrors ?? []), ...(plan.ignorePreflightErrors ?? [])]
  return {
    hosts: namedMachines(options),
    access: 'read',
    dryRun: true,
    pick: {},
    warnings: [...warnings, ...unfit],
    ...given({ target }),
    allowExperimental: options.allowExperimentalUpgrades ?? plan.allowExperimentalUpgrades ?? false,
    allowReleaseCandidate: options.allowReleaseCandidateUpgrades ?? plan.allowRCUpgrades ?? false,
    ignored: readIgnored(ignored),
    printConfig: options.printConfig ?? plan.printConfig ?? false,
    exitCode: options.exitCode === true,
    upgrade: {
      kubeconfig: machinePath(options.kubeconfig || `${paths.kubernetesDir}/admin.conf`, {
        by: '--kubeconfig',
        remote: options.host !== undefined,
      }),
      certificateRenewal: false,
      etcdUpgrade: options.etcdUpgrade ?? plan.etcdUpgrade,
      patches,
      timeouts,
    },
  }
}

/** The flags that kubeadm does not combine with --config. */
function mixable(options: PlanOptions) {
  return given({
    'allow-experimental-upgrades': options.allowExperimentalUpgrades,
    'allow-release-candidate-upgrades': options.allowReleaseCandidateUpgrades,
    'etcd-upgrade': options.etcdUpgrade,
    patches: options.patches,
    'print-config': options.printConfig,
  })
}

/** As in kubeadm, names are lower-cased, and `all` stands alone. */
function readIgnored(names: readonly string[]): readonly string[] {
  const lower = [...new Set(names.map(name => name.toLowerCase()))].sort()
  if (!lower.includes('all') || lower.length === 1) return lower
  throw new KadmError('USAGE', "don't specify individual checks if 'all' is used: --ignore-preflight-errors", {
    hint: 'omit the other names',
  })
}
