import type { KadmError } from '../errors/kadm-error.ts'
import type { ClusterNode } from './session.ts'
import type { ClusterConfiguration } from './spec.ts'

/**
 * What a command reads from a cluster and its hosts before it plans, read only. A field is absent if the command did not
 * read it, or if there was no answer: then `unanswered` has the reason.
 */
export interface ClusterState {
  /** The ClusterConfiguration that the cluster stores, with its version of Kubernetes. */
  readonly stored?: ClusterConfiguration
  /** The Nodes that the API server lists. */
  readonly nodes?: readonly ClusterNode[]
  /** The members of a stacked etcd. An external etcd has none. */
  readonly etcd?: readonly EtcdMemberState[]
  /** Names of the control planes that the cluster depends on: voters of a stacked etcd, else labeled Nodes. */
  readonly controlPlanes?: readonly string[]
  /** The certificates in files of control planes. */
  readonly onDisk?: readonly CertificateOnDisk[]
  /** The certificates that the servers of control planes present. */
  readonly served?: readonly ServedCertificate[]
  /** The last run on each host, if it stopped without an end: it was killed or lost its connection. */
  readonly unfinishedRuns?: readonly UnfinishedRun[]
  readonly warnings?: readonly string[]
  readonly unanswered?: readonly Unanswered[]
}

/** A part of the state that is not known. */
export interface Unanswered {
  readonly part: 'stored' | 'nodes' | 'etcd' | 'onDisk' | 'served' | 'unfinishedRuns'
  /** What was asked: the URL of a server, the name of a host, or the path of a file on a host. */
  readonly from: string
  /** The server of a host that presented no certificate. */
  readonly server?: TlsServer
  readonly error: KadmError
}

/** One member of a stacked etcd. */
export interface EtcdMemberState {
  /** Decimal text, as etcd's JSON gives it; people see it in hex: `showMemberId`. */
  readonly id: string
  /** Empty until the member has started for the first time. */
  readonly name: string
  /** `https://10.0.0.1:2380` */
  readonly peerUrls: readonly string[]
  /** `https://10.0.0.1:2379`; empty until the member has started. */
  readonly clientUrls: readonly string[]
  /** A learner receives the log and has no vote. */
  readonly learner: boolean
  /** Absent if the member was not asked. */
  readonly health?: MemberHealth
}

export interface MemberHealth {
  /** Why it is unhealthy: it does not answer, reports an error, or has not started. Absent for a healthy member. */
  readonly unhealthy?: string
  /** `3.6.4`; absent if the member does not answer. */
  readonly version?: string
  /** Bytes of its database on disk. */
  readonly dbSize?: number
}

/** Contents of a certificate, without keys. */
export interface CertificateState {
  readonly subject: DistinguishedName
  readonly issuer: DistinguishedName
  readonly notBefore: Date
  readonly notAfter: Date
  readonly sans: { readonly dns: readonly string[]; readonly ips: readonly string[] }
  /** Hex, upper case. */
  readonly serial: string
}

interface DistinguishedName {
  readonly commonName: string
  readonly organizations: readonly string[]
}

/** A certificate of the certificate table on a host. */
export interface CertificateOnDisk extends CertificateState {
  readonly host: string
  /** `apiserver`: the name of its phase. */
  readonly name: string
  readonly path: string
  readonly keyPath: string
  /** `missing` is normal for a CA whose key is kept elsewhere. */
  readonly key: 'matches' | 'differs' | 'missing'
}

/** The certificate that a server presents, not verified. */
export interface ServedCertificate extends CertificateState {
  readonly host: string
  readonly server: TlsServer
  /** `https://10.0.0.1:6443` */
  readonly endpoint: string
}

export type TlsServer =
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'etcd'
  | 'etcd-peer'
  | 'kubelet'

/** A run of kadm on a host that stopped without an end. */
export interface UnfinishedRun {
  readonly host: string
  readonly run: string
  /** `kadm init` */
  readonly command?: string
  /** The steps that it was running; empty if it stopped between two steps. */
  readonly steps: readonly { readonly stage: string; readonly phase: string }[]
  /** The time of its last entry in the log. */
  readonly stoppedAt?: Date
}
