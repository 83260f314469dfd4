import { parseDuration } from '../../../cluster/duration.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import { machinePath } from '../../named-paths.ts'
import { parseNodeSans } from '../sans.ts'
import type { ApproveOptions } from './options.ts'

/** What the command line of `certs approve` asks for. */
export interface AskedApprove {
  /** The requests to approve: these, all that pass the checks, or none. */
  readonly approve: readonly string[] | 'all' | 'none'
  readonly sans: ReadonlyMap<string, readonly string[]>
  /** How long to wait for requests that do not exist yet. */
  readonly waitMs: number
  readonly kubeconfig: string
}

/** Reads the flags. Throws USAGE. */
export function parseApprove(names: readonly string[], options: ApproveOptions): AskedApprove {
  const { all = false, san = [], wait, kubeconfig, host } = options
  if (all && names.length > 0) {
    throw new KadmError('USAGE', '--all cannot be combined with names of requests', { hint: 'omit one of them' })
  }
  if (wait !== undefined && !all) {
    throw new KadmError('USAGE', '--wait requires --all', {
      hint: '--wait waits for requests that have no name yet: add --all',
    })
  }
  return {
    approve: all ? 'all' : names.length > 0 ? [...new Set(names)] : 'none',
    sans: parseNodeSans(san),
    waitMs: readWait(wait),
    kubeconfig: machinePath(kubeconfig || '/etc/kubernetes/admin.conf', {
      by: '--kubeconfig',
      remote: host !== undefined,
    }),
  }
}

function readWait(text: string | undefined): number {
  const ms = text === undefined ? 0 : parseDuration(text)
  if (ms !== undefined && ms >= 0) return ms
  throw new KadmError('USAGE', `--wait ${text} is not a duration`, { hint: 'write it as 90s, 5m or 1h30m' })
}
