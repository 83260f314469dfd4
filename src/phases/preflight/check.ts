import { given } from '../../cluster/given.ts'
import type { EarlierRun } from '../../observe/left/earlier.ts'
import type { PhaseContext } from '../phase.ts'
import type { NodeFacts } from './node-facts.ts'

/** One fault that a check found. Warnings and errors of one check stand beside each other. */
export interface Finding {
  /** `skipped`: it could not be looked at; the message says why. */
  readonly level: 'error' | 'warning' | 'skipped'
  /** kubeadm's text where kubeadm has one. */
  readonly message: string
  /** What to do about it: one sentence, or a command. */
  readonly remedy?: string
  /** The file that it is about, where a check judges many. */
  readonly file?: string
}

/** What a check judges: facts that were read already, and for a few a runtime or server to ask. */
export interface CheckSubject {
  readonly ctx: PhaseContext
  readonly facts: NodeFacts
  readonly earlier: EarlierRun
}

/** One row of the table of checks. */
export interface Check {
  /** kubeadm's name, as --ignore-preflight-errors takes it in any case. */
  readonly name: string
  /** Files and directories whose state the check judges; read for all checks at once. */
  readonly paths?: readonly string[]
  /** Its errors cannot be ignored: the next steps would always fail. */
  readonly standing?: true
  readonly run: (subject: CheckSubject) => readonly Finding[] | Promise<readonly Finding[]>
}

export function failure(message: string, remedy: string): Finding {
  return { level: 'error', message, remedy }
}

export function warning(message: string, remedy?: string): Finding {
  return { level: 'warning', message, ...given({ remedy }) }
}

/** What a comparison needs of this host and of the others, each undefined or empty when it is not known. */
export interface Compared {
  /** `product UUID` */
  readonly what: string
  readonly own: unknown
  readonly peers: number
  /** Of the peers, those that have what is compared. */
  readonly known: number
}

/** What a comparison found; when nothing could be compared, why. */
export function comparedWith({ what, own, peers, known }: Compared, findings: readonly Finding[]): readonly Finding[] {
  if (findings.length > 0 || (own !== undefined && known > 0)) return findings
  if (peers === 0) return [skipped('there is no other host to compare with')]
  const whose = own === undefined ? 'this host' : peers === 1 ? 'the other host' : 'the other hosts'
  return [skipped(`the ${what} of ${whose} is not known`)]
}

/** True when errors of the check are passed over. */
export function isIgnored(ignored: readonly string[], check: string): boolean {
  return ignored.includes('all') || ignored.includes(check.toLowerCase())
}

export function skipped(message: string): Finding {
  return { level: 'skipped', message }
}
