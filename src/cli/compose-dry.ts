import type { Cri } from '../clients/cri/cri.ts'
import { recordedCri } from '../clients/cri/recorded.ts'
import type { Etcd } from '../clients/etcd/etcd.ts'
import { noMemberChanges, recordedEtcd } from '../clients/etcd/recorded.ts'
import { type KubeClientOptions, kubeClient } from '../clients/kube/client.ts'
import type { Kube } from '../clients/kube/kube.ts'
import { emptyOverlay, recordedKube } from '../clients/kube/recorded.ts'
import type { Until } from '../cluster/until.ts'
import { isKadmError } from '../errors/kadm-error.ts'
import type { Host } from '../host/host.ts'
import { recordedHost } from '../host/recorded.ts'
import { makeUntil } from '../pipeline/until.ts'

/** What stands between the journals and the world. */
export interface Adapters {
  readonly host: (host: Host) => Host
  readonly kube: (options: KubeClientOptions) => Kube
  readonly cri: (cri: Cri) => Cri
  readonly etcd: (etcd: Etcd) => Etcd
  /** The status of something that runs on the node; 0 while it does not. */
  readonly probe: (status: Promise<number>) => Promise<number>
  readonly until: (signal: AbortSignal) => Until
  /** Servers of the cluster that did not answer a dry run, which took them for not there yet. */
  readonly absent: ReadonlySet<string>
}

export const realAdapters: Adapters = {
  host: host => host,
  kube: kubeClient,
  cri: cri => cri,
  etcd: etcd => etcd,
  probe: status => status,
  until: makeUntil,
  absent: new Set(),
}

export interface DryRun {
  /** True for the run that makes the cluster: an API that does not answer holds nothing yet. Else that is an error. */
  readonly newCluster: boolean
}

/** Adapters that change nothing. What would be changed is one for all steps, nodes and identities of the run. */
export function dryAdapters({ newCluster }: DryRun): Adapters {
  const hosts = new Map<Host, Host>()
  const overlay = emptyOverlay()
  const members = noMemberChanges()
  const absent = new Set<string>()
  return {
    host(host) {
      const recorded = hosts.get(host) ?? recordedHost(host)
      hosts.set(host, recorded)
      return recorded
    },
    kube(options) {
      const [cluster, rehearsal] = [kubeClient(options), kubeClient({ ...options, dryRun: true })]
      const onAbsent = newCluster ? { onAbsent: (server: string) => void absent.add(server) } : {}
      return {
        ...recordedKube(cluster, { overlay, rehearsal, ...onAbsent }),
        close() {
          cluster.close()
          rehearsal.close()
        },
      }
    },
    cri: recordedCri,
    etcd: etcd => recordedEtcd(etcd, members),
    probe: status => status.catch(orNotYet),
    until: signal => makeUntil(signal, { dryRun: true }),
    absent,
  }
}

function orNotYet(error: unknown): number {
  if (isKadmError(error, 'API_UNREACHABLE')) return 0
  throw error
}
