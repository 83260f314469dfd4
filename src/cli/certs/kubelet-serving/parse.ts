import { namedMachines } from '../../../compose/machines.ts'
import type { ServingAsk } from '../../../compose/serving-nodes.ts'
import { machinePath } from '../../named-paths.ts'
import type { CommonOptions } from '../../options.ts'
import type { Asked } from '../../run/intent.ts'
import { parseNodeSans } from '../sans.ts'

export interface ServingOptions extends CommonOptions {
  readonly san?: readonly string[]
  readonly kubeconfig: string
  readonly dryRun?: boolean
}

export interface ServingInput {
  readonly enable: boolean
  readonly options: ServingOptions
}

export interface ServingAsked extends Asked {
  readonly ask: ServingAsk
}

/** Reads the flags. Throws USAGE. */
export function parseServing({ enable, options }: ServingInput): ServingAsked {
  const { host, san = [], dryRun, kubeconfig } = options
  const path = kubeconfig || '/etc/kubernetes/admin.conf'
  return {
    ask: {
      kubeconfig: machinePath(path, { by: '--kubeconfig', remote: host !== undefined }),
      serverTlsBootstrap: enable,
      sans: parseNodeSans(san),
    },
    hosts: namedMachines(options),
    ...{ access: 'change', dryRun: dryRun === true, pick: {}, warnings: [] },
  }
}
