import type { Node } from '../../cluster/cluster.ts'
import type { BaseRequest } from '../../cluster/request.ts'
import type { Discovered } from '../../cluster/session.ts'
import type { EncryptionAlgorithm } from '../../cluster/spec.ts'
import type { ClusterState } from '../../cluster/state.ts'
import type { DryRun } from '../../compose/dry.ts'
import type { NamedHost } from '../../compose/machines.ts'
import type { ConnectedHost } from '../../host/host.ts'
import type { ReportProgress } from '../../observe/cluster/cluster-wait.ts'
import type { KadmError } from '../../errors/kadm-error.ts'
import type { Stage, Target } from '../../phases/phase.ts'
import type { Plan, Selection } from '../../pipeline/plan.ts'
import type { CommonOptions } from '../options.ts'
import type { ObservedBefore } from './dry-run.ts'
import type { RunReport } from './run-plan.ts'

/** What a command line requests, before kadm connects to a host. */
export interface Asked {
  /** The hosts of --host, or the host that kadm runs on; then the host of --from. */
  readonly hosts: readonly NamedHost[]
  /** `change` locks the hosts, except in a dry run. */
  readonly access: 'change' | 'read'
  readonly dryRun: boolean
  /** The phases to run. */
  readonly pick: Selection
  readonly warnings: readonly string[]
  /** Generating private keys takes longest, so the first ones start before kadm connects to a host. */
  readonly earlyKeys?: { readonly algorithm: EncryptionAlgorithm; readonly count: number }
}

/** The connected hosts of a run, and how to wait for a cluster. */
export interface Reached {
  /** In the order of --host. */
  readonly hosts: readonly ConnectedHost[]
  /** The first of `hosts`. */
  readonly first: ConnectedHost
  /** The control plane of --from. */
  readonly source: ConnectedHost | undefined
  readonly signal: AbortSignal
  readonly warn: (text: string) => void
  /** Returns a function that prints progress lines before the run has steps. */
  readonly report: (about: string) => ReportProgress
}

/** What a command reads before it plans. Nothing is changed until then. */
export interface Seen<R extends BaseRequest = BaseRequest> {
  /** The nodes of the run, each with its cluster and request, in the order of the hosts. */
  readonly targets: readonly Target<R>[]
  readonly state: ClusterState
  readonly warnings: readonly string[]
  readonly discovered?: Discovered
  /** The host whose admin.conf the phases of all nodes use, or whose CA signs for workers; absent: that of --from. */
  readonly source?: ConnectedHost
  /** The hosts are control planes of the cluster and remain so. */
  readonly onControlPlane?: true
  /** What a dry run assumes, and what its result reports in addition to the changes. */
  readonly dry: DryRun & { readonly observedBefore?: ObservedBefore }
  /** Reverts what the observation needed, such as a temporary token. */
  readonly release?: (warn: (text: string) => void) => Promise<void>
}

/** A question about data that the run would destroy. `ask` is false if the operator has already agreed. */
export interface Question {
  readonly text: string
  readonly ask: boolean
  /** The flag that agrees, such as `-y (--yes)`. */
  readonly flag: string
}

/** The input of a result. */
export interface RunOutcome<A extends Asked, S extends Seen> {
  readonly asked: A
  readonly seen: S
  readonly report: RunReport
  readonly specOf: (node: Node) => string | undefined
}

/** What a command can do after a failure. */
export interface RecoveryScope<A extends Asked, S extends Seen> {
  readonly asked: A
  readonly seen: S
  /** In the order of the targets. */
  readonly hosts: readonly ConnectedHost[]
  /** Runs the stages of nodes on these hosts. Throws the error of the first failure. */
  readonly run: (name: string, stages: readonly Stage[], hosts: ReadonlyMap<Node, ConnectedHost>) => Promise<void>
}

/**
 * A command as data. `runIntent` does the rest: start time, interrupt, connecting, locking, warnings, the plan, the
 * question, the dry run, the run, the result and the exit code.
 */
export interface Intent<Input, A extends Asked, S extends Seen, Answer> {
  /** The command without arguments, which may contain a token, such as `kadm init`: for locks, run logs and events. */
  readonly name: (asked: A) => string
  /** The command that the plan belongs to, for messages: `init`. */
  readonly plan: string
  /** Reads flags and files. Connects to no host. Throws USAGE, CONFIG_INVALID, CONFIG_UNREADABLE. */
  parse(input: Input, startedAt: Date): A
  /** Reads the hosts, and the cluster if it exists. */
  observe(asked: A, reached: Reached): Promise<S>
  /** Returns which phases run on which nodes. Pure. */
  stages(seen: S): readonly Stage[]
  /** The question before the run changes anything. */
  question?(outcome: Pick<RunOutcome<A, S>, 'asked' | 'seen'>, plan: Plan): Question | undefined
  /** True if the command shows what a dry run finds in its own way, with `answer` and `text`. */
  readonly answersDry?: true
  /**
   * Acts on a failed run, which `run` can revert by another plan on the same hosts. Returns the error to report. Not
   * called for a dry run, an interrupt, or a lost host.
   */
  recover?(failure: KadmError, scope: RecoveryScope<A, S>): Promise<KadmError>
  answer(outcome: RunOutcome<A, S>): Answer
  /** The result as text. */
  text(answer: Answer, outcome: RunOutcome<A, S>, options: CommonOptions): string
  /** The exit code of the result; 0 if absent. */
  exitCode?(answer: Answer, asked: A): number
}
