import type { FlagValues } from '../../src/config/flags/flag.ts'
import { isKadmError, type Problem } from '../../src/errors/kadm-error.ts'

/** One fault and what must be said of it. `text` is the file, or what follows the head of a document. */
export interface Broken {
  readonly title: string
  readonly text?: string
  readonly flags?: FlagValues
  readonly endpoint?: string
  readonly field?: string
  readonly line?: number
  readonly message: RegExp
  readonly remedy: RegExp
}

const head = (kind: string) => `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ${kind}\n`
/** Bodies start on line 3. */
export const cluster = (body: string): string => head('ClusterConfiguration') + body
export const init = (body: string): string => head('InitConfiguration') + body
export const join = (body: string): string => head('JoinConfiguration') + body

/** The problems that an action throws with CONFIG_INVALID. */
export function problemsOf(action: () => unknown): readonly Problem[] {
  try {
    action()
  } catch (error) {
    if (isKadmError(error, 'CONFIG_INVALID')) return error.problems
    throw error
  }
  return []
}
