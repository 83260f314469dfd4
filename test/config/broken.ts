import type { FlagValues } from '../../src/config/flags/flag.ts'
import { isKadmError, type Problem } from '../../src/errors/kadm-error.ts'

/** One error and its expected message. `text` is the file, or the part after the head of a document. */
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

/** Returns the problems of a CONFIG_INVALID error. */
export function problemsOf(action: () => unknown): readonly Problem[] {
  try {
    action()
  } catch (error) {
    if (isKadmError(error, 'CONFIG_INVALID')) return error.problems
    throw error
  }
  return []
}
