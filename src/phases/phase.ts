import type { Cri } from '../clients/cri/cri.ts'
import type { Etcd } from '../clients/etcd/etcd.ts'
import type { TlsAccess } from '../clients/https/tls-access.ts'
import type { Kube } from '../clients/kube/kube.ts'
import type { Cluster, ControlPlaneNode, Node } from '../cluster/cluster.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
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
 * The identity of kadm at the kube-apiserver: admin.conf, super-admin.conf, the joining node's bootstrap credentials,
 * the node's kubelet.conf, or the admin.conf of the control plane that a join reads from.
 */
export type Identity = 'admin' | 'super-admin' | 'bootstrap' | 'kubelet' | 'source'

/** The kube-apiserver that admin.conf connects to: that of this node, as in init, or any that serves the cluster. */
export type ApiAt = 'node' | 'cluster'

/**
 * The result of a preflight check on one host: `ignored` is an error that the operator ignored, `skipped` a check that
 * could not run.
 */
export interface Judgement {
  /** `Swap` */
  readonly check: string
  readonly level: 'ok' | 'warning' | 'error' | 'ignored' | 'skipped'
  readonly message?: string
  readonly remedy?: string
}

/** What a phase reports while it runs. Results and judgements go to stdout, not to the progress. */
export type Note =
  | { readonly kind: 'progress' | 'warning'; readonly text: string }
  | { readonly kind: 'result'; readonly key: string; readonly value: string | Secret }
  | ({ readonly kind: 'judgement' } & Judgement)

/** What one step works with: its host, its clients, its reports. */
export interface World {
  /** The host of this step's node. */
  readonly host: Host
  /** Returns the host that kadm runs on, for commands that the operator gives. */
  readonly operator: () => Promise<Host>
  /** The control plane to read shared files from; absent if the join reads from the node itself. */
  readonly source?: HostReader
  /** For commands of kadm in reports and errors; absent if the operator named no host. */
  readonly named?: Named
  readonly session: Session
  /** `at` defaults to `node`. */
  readonly kube: (as: Identity, at?: ApiAt) => Promise<Kube>
  readonly cri: () => Promise<Cri>
  /** The etcd of the cluster, with the client certificate on this node. */
  readonly etcd: () => Promise<Etcd>
  /**
   * Returns the response of an https URL as reached from this node: the health of its own components. With `access` it
   * presents the certificate of a client, and verifies the server if a CA is given.
   */
  readonly probe: (server: string, path: string, access?: TlsAccess) => Promise<HealthAnswer>
  readonly until: Until
  readonly report: (note: Note) => void
}

/** A node, its cluster, and the options of the command for it. */
export interface Target<R extends BaseRequest = BaseRequest, N extends Node = Node> {
  readonly cluster: Cluster
  readonly node: N
  readonly request: R
}

/** The input of a phase. */
export interface PhaseContext<R extends BaseRequest = BaseRequest, N extends Node = Node> extends World, Target<R, N> {}

/** The input of a phase of control planes. */
export type ControlPlaneContext<R extends BaseRequest = BaseRequest> = PhaseContext<R, ControlPlaneNode>

interface AnyPhase<R extends BaseRequest, N extends Node> {
  /** kubeadm's name, such as `certs/apiserver`; the first segment is the directory under src/phases. */
  readonly id: string
  /** At most 60 characters. */
  readonly title: string
  /** A description of one or two sentences, for the help and for docs/phases.md. */
  readonly about: string
  /** Set if kubeadm has this under another name than the ID: the phase that it is part of, or `none`. */
  readonly kubeadm?: { readonly partOf: string } | 'none'
  /** Returns the reason to skip it, from cluster and request alone. */
  readonly skip?: (target: Target<R, N>) => string | undefined
  /** Returns the reason to leave it out of the whole command. It runs if it is named as a single phase. */
  readonly omit?: (target: Target<R, N>) => string | undefined
  /** The flags that it accepts when it runs alone, in addition to those of every phase. */
  readonly flags?: readonly string[]
  /** Additional flags that its family accepts for compatibility with kubeadm. */
  readonly familyFlags?: readonly string[]
  /** The facts of the host that it requires. Default: the name and the address of the node. */
  readonly needs?: readonly MachineFact[]
  /** The section of the ClusterConfiguration that records that it was skipped, so that an upgrade does not add it. */
  readonly addon?: AddonSection
  /** Returns the objects that it creates in a new cluster, for `--print-manifest`. */
  readonly manifest?: (target: Pick<ControlPlaneContext, 'cluster' | 'node'>) => readonly KubeObject[]
  /** True if its command asks for confirmation, unless it is skipped. */
  readonly asks?: true
  /** Returns the private keys that it generates if they are missing, in the order in which it needs them. */
  readonly keys?: (target: Target<R, N>) => readonly KeyFile[]
  readonly run: (ctx: PhaseContext<R, N>) => Promise<void>
}

/** A phase that workers do not have. It gets a node with an endpoint. */
export interface ControlPlanePhase<R extends BaseRequest = BaseRequest> extends AnyPhase<R, ControlPlaneNode> {
  readonly role: 'control-plane'
}

/** A phase of nodes of both roles. */
export interface NodePhase<R extends BaseRequest = BaseRequest> extends AnyPhase<R, Node> {
  readonly role?: never
}

/** One step of a pipeline. A second run changes nothing. `R` is the request that it needs. */
export type Phase<R extends BaseRequest = BaseRequest> = NodePhase<R> | ControlPlanePhase<R>

/** Phases that run one after another. */
export type Lane<R extends BaseRequest = BaseRequest> = Phase<R> | readonly Phase<R>[]

/** One phase, or lanes that run in parallel. No phase of a lane depends on another lane. */
export type Row<R extends BaseRequest = BaseRequest> = Phase<R> | readonly Lane<R>[]

/** The properties of a phase that do not depend on a request. */
export type PhaseFacts = Pick<
  Phase,
  'id' | 'title' | 'about' | 'kubeadm' | 'role' | 'needs' | 'addon' | 'manifest' | 'asks' | 'flags' | 'familyFlags'
> & { readonly keys?: unknown }

/** A phase bound to a node, its cluster and its request. */
export interface Task extends Target {
  readonly phase: PhaseFacts
  readonly skip: () => string | undefined
  readonly omit: () => string | undefined
  readonly keys: () => readonly KeyFile[]
  readonly run: (world: World) => Promise<void>
}

/**
 * Nodes that run the same rows, `atOnce` of them in parallel. Each node has its own cluster and request, so that one
 * plan can contain two versions of a cluster, or the nodes of two clusters.
 */
export interface Stage {
  readonly id: string
  readonly nodes: readonly Node[]
  readonly atOnce: number
  /** Every phase of the rows, in order, and the gate. */
  readonly phases: readonly PhaseFacts[]
  /** Returns the rows of a node: each has lanes that run in parallel; the tasks of a lane run in order. */
  readonly rowsOf: (node: Node) => readonly (readonly (readonly Task[])[])[]
  /** Returns a check that must succeed on a node before the next node starts. */
  readonly gateOf: (node: Node) => Task | undefined
}

export interface StageParts<R extends BaseRequest> {
  readonly id: string
  readonly targets: readonly Target<R>[]
  readonly atOnce: number
  readonly rows: readonly Row<R>[]
  readonly gate?: Phase<R>
}

/** Binds rows to nodes, clusters and requests. A phase that needs the request of another command does not compile. */
export function stage<R extends BaseRequest>({ id, targets, atOnce, rows, gate }: StageParts<R>): Stage {
  const targetOf = new Map(targets.map(target => [target.node, target] as const))
  const lanes = (row: Row<R>) => asList<Lane<R>>(row).map(lane => asList<Phase<R>>(lane))
  return {
    id,
    nodes: targets.map(({ node }) => node),
    atOnce,
    phases: [...phasesIn(rows), ...(gate === undefined ? [] : [gate])],
    rowsOf(node) {
      const target = targetOf.get(node)
      if (target === undefined) return []
      return rows.map(row => lanes(row).map(lane => lane.flatMap(phase => bind(phase, target))))
    },
    gateOf(node) {
      const target = targetOf.get(node)
      return gate === undefined || target === undefined ? undefined : bind(gate, target)[0]
    },
  }
}

/** Every phase of rows, in order. */
export function phasesIn<R extends BaseRequest>(rows: readonly Row<R>[]): readonly Phase<R>[] {
  return rows.flat(2) as readonly Phase<R>[]
}

function bind<R extends BaseRequest>(phase: Phase<R>, target: Target<R>): readonly Task[] {
  if (phase.role === undefined) return [task(phase, target)]
  const { node } = target
  return node.role === 'control-plane' ? [task(phase, { ...target, node })] : []
}

function task<R extends BaseRequest, N extends Node>(phase: AnyPhase<R, N> & PhaseFacts, target: Target<R, N>): Task {
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
