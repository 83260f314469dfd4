import { given } from '../../../cluster/given.ts'
import { paths } from '../../../cluster/paths.ts'
import { namedMachines } from '../../../compose/machines.ts'
import type { RotateAsk } from '../../../compose/rotate-nodes.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import { machinePath } from '../../named-paths.ts'
import type { CommonOptions } from '../../options.ts'
import type { Asked } from '../../run/intent.ts'
import { caNames, rotationCommands, stepNames } from './names.ts'

export interface RotateOptions extends CommonOptions {
  readonly all?: boolean
  readonly ca?: readonly string[]
  readonly kubeconfig: string
  readonly restartPods?: boolean
  readonly patchCaBundles?: boolean
  readonly yes?: boolean
  readonly dryRun?: boolean
}

export interface RotateInput {
  readonly step: string | undefined
  readonly options: RotateOptions
}

export interface RotateAsked extends Asked {
  readonly ask: RotateAsk
  readonly yes: boolean
  readonly startedAt: Date
}

/** Reads the flags of `certs rotate-ca`. Throws USAGE. */
export function parseRotate({ step, options }: RotateInput, startedAt: Date): RotateAsked {
  const { restartPods = false, patchCaBundles = false, yes = false } = options
  const dryRun = options.dryRun === true
  const command = commandOf(step, options.all === true)
  const ask = {
    command,
    kubeconfig: kubeconfigOf(options),
    ...given({ cas: options.ca === undefined ? undefined : casOf(options.ca) }),
    // Without a break between the steps, no one else can restart them.
    restartPods: restartPods || command === 'all',
    patchCaBundles,
  }
  if (ask.command === 'all' && dryRun) {
    throw new KadmError('USAGE', '--dry-run shows one step, not --all', {
      hint: 'name the step: `kadm certs rotate-ca prepare --dry-run`',
    })
  }
  const hosts = namedMachines(options)
  return { ask, yes, dryRun, hosts, startedAt, pick: {}, warnings: [], access: 'change' }
}

/** Returns the path of --kubeconfig on the control planes. Throws USAGE for a path that is not absolute. */
export function kubeconfigOf({ host, kubeconfig }: RotateOptions): string {
  const path = kubeconfig || `${paths.kubernetesDir}/admin.conf`
  return machinePath(path, { by: '--kubeconfig', remote: host !== undefined })
}

function commandOf(step: string | undefined, all: boolean): RotateAsk['command'] {
  const hint = `use one of: ${stepNames.join(', ')}, --all`
  if (all && step !== undefined) throw new KadmError('USAGE', `--all and ${step} cannot be combined`, { hint })
  if (all) return 'all'
  if (step === undefined) throw new KadmError('USAGE', 'rotate-ca needs a step', { hint })
  const known = rotationCommands.find(one => one === step)
  if (known === undefined) throw new KadmError('USAGE', `${step} is not a step of rotate-ca`, { hint })
  return known
}

function casOf(names: readonly string[]) {
  const split = names.flatMap(name => name.split(','))
  return [...new Set(split)].map(name => {
    const ca = Object.hasOwn(caNames, name) ? caNames[name] : undefined
    if (ca !== undefined) return ca
    throw new KadmError('USAGE', `--ca ${name} is not a CA that can be rotated`, {
      hint: `use one of: ${Object.keys(caNames).join(', ')}`,
    })
  })
}
