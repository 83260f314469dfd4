import { given } from '../../cluster/given.ts'
import type { EarlierRun } from '../../observe/left/earlier.ts'
import type { PhaseContext } from '../phase.ts'
import type { NodeFacts } from './node-facts.ts'

/** One finding of a check. A check can have warnings and errors. */
export interface Finding {
  /** `skipped`: the check could not run; the message is the reason. */
  readonly level: 'error' | 'warning' | 'skipped'
  /** kubeadm's text if kubeadm has one. */
  readonly message: string
  /** The next step: one sentence, or a command. */
  readonly remedy?: string
  /** The file that it is about, if a check judges several. */
  readonly file?: string
}

/** The input of a check: facts that were already read, and for some checks a runtime or server to query. */
export interface CheckSubject {
  readonly ctx: PhaseContext
  readonly facts: NodeFacts
  readonly earlier: EarlierRun
}

/** One row of the check table. */
export interface Check {
  /** kubeadm's name. --ignore-preflight-errors ignores case. */
  readonly name: string
  /** Files and directories whose state the check judges. They are read for all checks at once. */
  readonly paths?: readonly string[]
  /** True if its errors cannot be ignored because later steps would always fail. */
  readonly standing?: true
  readonly run: (subject: CheckSubject) => readonly Finding[] | Promise<readonly Finding[]>
}

export function failure(message: string, remedy: string): Finding {
  return { level: 'error', message, remedy }
}

export function warning(message: string, remedy?: string): Finding {
  return { level: 'warning', message, ...given({ remedy }) }
}

/** A value of this host and of the others to compare, undefined or empty if unknown. */
export interface Compared {
  /** `product UUID` */
  readonly what: string
  readonly own: unknown
  readonly peers: number
  /** The number of peers whose value is known. */
  readonly known: number
}

/** Returns the findings of a comparison, or the reason why nothing could be compared. */
export function comparedWith({ what, own, peers, known }: Compared, findings: readonly Finding[]): readonly Finding[] {
  if (findings.length > 0 || (own !== undefined && known > 0)) return findings
  if (peers === 0) return [skipped('there is no other host to compare with')]
  const whose = own === undefined ? 'this host' : peers === 1 ? 'the other host' : 'the other hosts'
  return [skipped(`the ${what} of ${whose} is not known`)]
}

/** True if errors of the check are ignored. */
export function isIgnored(ignored: readonly string[], check: string): boolean {
  return ignored.includes('all') || ignored.includes(check.toLowerCase())
}

export function skipped(message: string): Finding {
  return { level: 'skipped', message }
}
