import type { Cri } from '../clients/cri/cri.ts'
import type { Etcd } from '../clients/etcd/etcd.ts'
import type { Kube } from '../clients/kube/kube.ts'
import type { Cluster, Node, Role } from '../cluster/cluster.ts'
import type { KeyFile } from '../cluster/node-files.ts'
import type { BaseRequest } from '../cluster/request.ts'
import type { Secret } from '../cluster/secret.ts'
import type { Session } from '../cluster/session.ts'
import type { AddonSection } from '../cluster/spec.ts'
import type { Until } from '../cluster/until.ts'
import type { MachineFact } from '../config/field/machine-needs.ts'
import type { Named } from '../errors/operator-commands.ts'
import type { Host, HostReader } from '../host/host.ts'
import type { HealthAnswer } from '../observe/cluster/api-health.ts'

/**
 * Who kadm is towards the kube-apiserver: admin.conf, super-admin.conf, the joining node's bootstrap credentials, the
 * node's kubelet.conf, or the admin.conf of the control plane that a join reads from.
 */
export type Identity = 'admin' | 'super-admin' | 'bootstrap' | 'kubelet' | 'source'

/** Which kube-apiserver admin.conf speaks to: this node's own, as init does, or whichever serves the cluster. */
export type ApiAt = 'node' | 'cluster'

/** What a check of preflight found on one host: `ignored` is an error passed over, `skipped` a check that could not run. */
export interface Judgement {
  /** `Swap` */
  readonly check: string
  readonly level: 'ok' | 'warning' | 'error' | 'ignored' | 'skipped'
  readonly message?: string
  readonly remedy?: string
}

/** What a phase reports while it runs. Results and judgements are for the command's answer on stdout, never for progress. */
export type Note =
  | { readonly kind: 'progress' | 'warning'; readonly text: string }
  | { readonly kind: 'result'; readonly key: string; readonly value: string | Secret }
  | ({ readonly kind: 'judgement' } & Judgement)

/** What one step works with: its host, its clients, its notes. */
export interface World {
  /** The host of this step's node. */
  readonly host: Host
  /** A control plane to read shared material from; absent when joining from the node itself. */
  readonly source?: HostReader
  /** For commands of kadm in notes and errors; absent when the operator named no host. */
  readonly named?: Named
  readonly session: Session
  /** `at` is `node` unless given. */
  readonly kube: (as: Identity, at?: ApiAt) => Promise<Kube>
  readonly cri: () => Promise<Cri>
  /** The etcd of the cluster, with the client certificate that lies on this node. */
  readonly etcd: () => Promise<Etcd>
  /** What an https URL answers as this node reaches it, its certificate unverified: the health of its own components. */
  readonly probe: (server: string, path: string) => Promise<HealthAnswer>
  readonly until: Until
  readonly report: (note: Note) => void
}

/** A node, the cluster that it is part of, and what the command is asked for it. */
export interface Target<R extends BaseRequest = BaseRequest> {
  readonly cluster: Cluster
  readonly node: Node
  readonly request: R
}

/** All that a phase gets. */
export interface PhaseContext<R extends BaseRequest = BaseRequest> extends World, Target<R> {}

/** One step of a pipeline. Running it again changes nothing. `R` is what it needs to be asked. */
export interface Phase<R extends BaseRequest = BaseRequest> {
  /** `certs/apiserver`: kubeadm's name; the first segment is the directory under src/phases. */
  readonly id: string
  /** At most 60 characters. */
  readonly title: string
  /** What it does, in a sentence or two: for its help, and for docs/phases.md. */
  readonly about: string
  /** Where kubeadm does this under another name than the id: the phase that it is part of, or none. */
  readonly kubeadm?: { readonly partOf: string } | 'none'
  /** Nodes of another role do not pass it at all. */
  readonly role?: Role
  /** The reason for leaving it out, from cluster and request alone. */
  readonly skip?: (target: Target<R>) => string | undefined
  /** The reason for leaving it out of the whole command; it runs when it is named as a single phase. */
  readonly omit?: (target: Target<R>) => string | undefined
  /** The flags that it takes when it runs alone, besides those that every phase takes. */
  readonly flags?: readonly string[]
  /** Further flags that its family takes for kubeadm's sake. */
  readonly familyFlags?: readonly string[]
  /** The facts of the host that it cannot work without; absent: the name and the address of the node. */
  readonly needs?: readonly MachineFact[]
  /** The section of the ClusterConfiguration that records its absence, so that an upgrade does not add it later. */
  readonly addon?: AddonSection
  /** The private keys that it makes when they are missing, in the order in which it needs them. */
  readonly keys?: (target: Target<R>) => readonly KeyFile[]
  readonly run: (ctx: PhaseContext<R>) => Promise<void>
}

/** Phases one after another. */
export type Lane<R extends BaseRequest = BaseRequest> = Phase<R> | readonly Phase<R>[]

/** One phase, or lanes that run side by side: no phase of one needs anything of another. */
export type Row<R extends BaseRequest = BaseRequest> = Phase<R> | readonly Lane<R>[]

/** What is known of a phase without its request. */
export type PhaseFacts = Pick<
  Phase,
  'id' | 'title' | 'about' | 'kubeadm' | 'role' | 'needs' | 'addon' | 'flags' | 'familyFlags'
>

/** A phase bound to a node, its cluster and its request. */
export interface Task extends Target {
  readonly phase: PhaseFacts
  readonly skip: () => string | undefined
  readonly omit: () => string | undefined
  readonly keys: () => readonly KeyFile[]
  readonly run: (world: World) => Promise<void>
}

/**
 * Nodes that pass the same rows, `atOnce` of them side by side. Each node brings its cluster and its request, so that
 * two versions of one cluster, or the nodes of two clusters, stand in one plan.
 */
export interface Stage {
  readonly id: string
  readonly nodes: readonly Node[]
  readonly atOnce: number
  /** Every phase of the rows, in order. */
  readonly phases: readonly PhaseFacts[]
  /** Rows of a node, each of lanes that run side by side, each of tasks one after another. */
  readonly rowsOf: (node: Node) => readonly (readonly (readonly Task[])[])[]
  /** A check that must hold on a node before the next node starts. */
  readonly gateOf: (node: Node) => Task | undefined
}

export interface StageParts<R extends BaseRequest> {
  readonly id: string
  readonly targets: readonly Target<R>[]
  readonly atOnce: number
  readonly rows: readonly Row<R>[]
  readonly gate?: Phase<R>
}

/** Binds rows to nodes, clusters and requests. A phase of another command, which needs another request, does not compile. */
export function stage<R extends BaseRequest>({ id, targets, atOnce, rows, gate }: StageParts<R>): Stage {
  const targetOf = new Map(targets.map(target => [target.node, target] as const))
  const lanes = (row: Row<R>) => asList<Lane<R>>(row).map(lane => asList<Phase<R>>(lane))
  return {
    id,
    nodes: targets.map(({ node }) => node),
    atOnce,
    phases: phasesIn(rows),
    rowsOf(node) {
      const target = targetOf.get(node)
      if (target === undefined) return []
      return rows.map(row => lanes(row).map(lane => lane.map(phase => bind(phase, target))))
    },
    gateOf(node) {
      const target = targetOf.get(node)
      return gate === undefined || target === undefined ? undefined : bind(gate, target)
    },
  }
}

/** Every phase of rows, in order. */
export function phasesIn<R extends BaseRequest>(rows: readonly Row<R>[]): readonly Phase<R>[] {
  return rows.flat(2) as readonly Phase<R>[]
}

function bind<R extends BaseRequest>(phase: Phase<R>, target: Target<R>): Task {
  return {
    ...target,
    phase,
    skip: () => phase.skip?.(target),
    omit: () => phase.omit?.(target),
    keys: () => phase.keys?.(target) ?? [],
    run: world => phase.run({ ...world, ...target }),
  }
}

function asList<T>(one: T | readonly T[]): readonly T[] {
  return Array.isArray(one) ? one : [one as T]
}
