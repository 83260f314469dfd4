import type { Cri } from '../clients/cri/cri.ts'
import type { Etcd } from '../clients/etcd/etcd.ts'
import type { Kube } from '../clients/kube/kube.ts'
import type { Cluster, Node, Role } from '../cluster/cluster.ts'
import type { Secret } from '../cluster/secret.ts'
import type { Session } from '../cluster/session.ts'
import type { Until } from '../cluster/until.ts'
import type { Named } from '../errors/operator-commands.ts'
import type { Host, HostReader } from '../host/host.ts'
import type { HealthAnswer } from '../observe/cluster/api-health.ts'

/**
 * Who kadm is towards the kube-apiserver: admin.conf, super-admin.conf, the joining node's bootstrap credentials, the
 * node's kubelet.conf, or the admin.conf of the control plane that a join reads from.
 */
export type Identity = 'admin' | 'super-admin' | 'bootstrap' | 'kubelet' | 'leader'

/** Which kube-apiserver admin.conf speaks to: this node's own, as init does, or whichever serves the cluster. */
export type ApiAt = 'node' | 'cluster'

/** What a check of preflight found on one machine: `ignored` is an error passed over, `skipped` what nobody could see. */
export interface Judgement {
  /** `Swap` */
  readonly check: string
  readonly level: 'ok' | 'warning' | 'error' | 'ignored' | 'skipped'
  readonly message?: string
  readonly remedy?: string
}

/** What a phase tells while it runs. Results and judgements are for the command's answer on stdout, never for progress. */
export type Note =
  | { readonly kind: 'progress' | 'warning'; readonly text: string }
  | { readonly kind: 'result'; readonly key: string; readonly value: string | Secret }
  | ({ readonly kind: 'judgement' } & Judgement)

/** Made for one step: its machine, its signal, its notes. */
export interface PhaseContext {
  readonly cluster: Cluster
  readonly node: Node
  /** This node's machine. */
  readonly host: Host
  /** A control plane to read shared material from; absent when joining from the node itself. */
  readonly leader?: HostReader
  /** For commands of kadm in notes and errors; absent: the operator named no machine. */
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

/** One step of a pipeline. Running it again changes nothing. */
export interface Phase {
  /** `certs/apiserver`: kubeadm's name; the first segment is the folder under src/phases. */
  readonly id: string
  /** At most 60 characters. */
  readonly title: string
  /** Nodes of another role do not pass it at all. */
  readonly role?: Role
  /** The reason for leaving it out, from config alone. */
  readonly skip?: (cluster: Cluster, node: Node) => string | undefined
  /** The reason for leaving it out of the whole command; it runs when it is named as a single phase. */
  readonly omit?: (cluster: Cluster) => string | undefined
  readonly run: (ctx: PhaseContext) => Promise<void>
}

/** Phases one after another. */
export type Lane = Phase | readonly Phase[]

/** One phase, or lanes that run side by side: no phase of one needs anything of another. */
export type Row = Phase | readonly Lane[]

/** Each node passes all rows in order, `atOnce` nodes side by side. */
export interface Stage {
  readonly id: string
  readonly nodes: readonly Node[]
  readonly atOnce: number
  readonly rows: readonly Row[]
}

/** Every phase of a stage's rows, in order. */
export function phasesIn(rows: readonly Row[]): readonly Phase[] {
  return rows.flat(2) as readonly Phase[]
}
