import type { Node } from '../../cluster/cluster.ts'
import type { BaseRequest } from '../../cluster/request.ts'
import type { Discovered } from '../../cluster/session.ts'
import type { EncryptionAlgorithm } from '../../cluster/spec.ts'
import type { ClusterState } from '../../cluster/state.ts'
import type { DryRun } from '../../compose/dry.ts'
import type { NamedHost } from '../../compose/machines.ts'
import type { ConnectedHost } from '../../host/host.ts'
import type { ReportProgress } from '../../observe/cluster/cluster-wait.ts'
import type { Stage, Target } from '../../phases/phase.ts'
import type { Plan, Selection } from '../../pipeline/plan.ts'
import type { CommonOptions } from '../options.ts'
import type { ObservedBefore } from './dry-run.ts'
import type { RunReport } from './run-plan.ts'

/** What a command line asks for, before a host is reached. */
export interface Asked {
  /** The hosts of --host, or the one that kadm runs on; then the host of --from. */
  readonly hosts: readonly NamedHost[]
  /** Whether the run changes the hosts: then it locks them, unless it is a dry run. */
  readonly access: 'change' | 'read'
  readonly dryRun: boolean
  /** The phases to run. */
  readonly pick: Selection
  readonly warnings: readonly string[]
  /** Generating a private key takes longest: the first ones start before a host is reached. */
  readonly earlyKeys?: { readonly algorithm: EncryptionAlgorithm; readonly count: number }
}

/** The connected hosts of a run, and how to wait for a cluster. */
export interface Reached {
  /** In the order of --host. */
  readonly hosts: readonly ConnectedHost[]
  /** The first of them. */
  readonly first: ConnectedHost
  /** The control plane of --from. */
  readonly source: ConnectedHost | undefined
  readonly signal: AbortSignal
  readonly warn: (text: string) => void
  /** Writes a line of progress before the run has steps. */
  readonly report: (about: string) => ReportProgress
}

/** What a command sees before it plans. Nothing is changed until then. */
export interface Seen<R extends BaseRequest = BaseRequest> {
  /** The nodes of the run, each with its cluster and its request, in the order of the hosts. */
  readonly targets: readonly Target<R>[]
  readonly state: ClusterState
  readonly warnings: readonly string[]
  readonly discovered?: Discovered
  /** The hosts are control planes of the cluster, and stay so. */
  readonly onControlPlane?: true
  /** What a dry run assumes, and what its answer says beside the changes. */
  readonly dry: DryRun & { readonly observedBefore?: ObservedBefore }
  /** Takes back what observing needed, such as a temporary token. */
  readonly release?: (warn: (text: string) => void) => Promise<void>
}

/** What is about to be lost; `ask` is false when the operator has agreed beforehand. */
export interface Question {
  readonly text: string
  readonly ask: boolean
}

/** What an answer is made of. */
export interface RunOutcome<A extends Asked, S extends Seen> {
  readonly asked: A
  readonly seen: S
  readonly report: RunReport
  readonly specOf: (node: Node) => string | undefined
}

/**
 * A command as data. `runIntent` owns the rest: start time, interrupt, connecting, locking, warnings, the plan, the
 * question, the dry run, the run, the result and the exit code.
 */
export interface Intent<Input, A extends Asked, S extends Seen, Answer> {
  /** `kadm init`, without arguments, which may hold a token: for locks, run logs and events. */
  readonly name: (asked: A) => string
  /** What the plan is of, in messages: `init`. */
  readonly plan: string
  /** Reads flags and files; reaches no host. Throws USAGE, CONFIG_INVALID, CONFIG_UNREADABLE. */
  parse(input: Input, startedAt: Date): A
  /** Reads the hosts, and the cluster where there is one. */
  observe(asked: A, reached: Reached): Promise<S>
  /** Pure: what runs where. */
  stages(seen: S): readonly Stage[]
  /** Asked before the run changes anything. */
  question?(outcome: Pick<RunOutcome<A, S>, 'asked' | 'seen'>, plan: Plan): Question | undefined
  answer(outcome: RunOutcome<A, S>): Answer
  /** The answer for people. */
  text(answer: Answer, outcome: RunOutcome<A, S>, options: CommonOptions): string
  /** 0 unless the answer says otherwise. */
  exitCode?(answer: Answer): number
}
