import type { Cri } from '../clients/cri/cri.ts'
import { recordedCri } from '../clients/cri/recorded.ts'
import type { Etcd } from '../clients/etcd/etcd.ts'
import { noMemberChanges, recordedEtcd, unknownEtcd } from '../clients/etcd/recorded.ts'
import type { KubeClientOptions } from '../clients/kube/client.ts'
import type { Kube } from '../clients/kube/kube.ts'
import { emptyOverlay, recordedKube } from '../clients/kube/recorded.ts'
import { given } from '../cluster/given.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import type { Until } from '../cluster/until.ts'
import { isKadmError, orUndefined } from '../errors/kadm-error.ts'
import type { Host } from '../host/host.ts'
import { recordedHost } from '../host/recorded.ts'
import type { HealthAnswer } from '../observe/cluster/api-health.ts'
import { makeUntil } from '../pipeline/until.ts'
import { type Clients, realClients } from './clients.ts'

/** Adapters for a real or a dry run. */
export interface Adapters {
  readonly host: (host: Host) => Host
  readonly kube: (options: KubeClientOptions) => Kube
  /** Returns the client of admin.conf. `superAdmin` has the rights to create the cluster-admin binding. */
  readonly admin: (kube: Kube, superAdmin: () => Promise<Kube>) => Kube
  readonly cri: (cri: Cri) => Cri
  readonly etcd: (open: () => Promise<Etcd>) => Promise<Etcd>
  /** Returns the response of a server on the node; status 0 while it does not answer. */
  readonly probe: (answer: Promise<HealthAnswer>) => Promise<HealthAnswer>
  readonly until: (signal: AbortSignal) => Until
  /** Servers of the cluster that did not answer a dry run, which took them for not there yet. */
  readonly absent: ReadonlySet<string>
}

export function realAdapters(clients: Clients): Adapters {
  return {
    host: host => host,
    kube: clients.kube,
    admin: kube => kube,
    cri: cri => cri,
    etcd: open => open(),
    probe: answer => answer,
    until: makeUntil,
    absent: new Set(),
  }
}

export interface DryRun {
  /** True for init: an API that does not answer holds no objects yet. Otherwise no answer is an error. */
  readonly newCluster: boolean
  /** Set if a join already knows that its cluster does not answer. The run does not wait again. */
  readonly silent?: SilentCluster
}

export interface SilentCluster {
  readonly server: string
  /** The assumed objects. */
  readonly objects: readonly KubeObject[]
}

/** Timeout of a read in milliseconds. Keeps the wait short if a load balancer drops packets. */
const readMs = 5000

/** Creates adapters that change nothing. All steps, nodes and identities of the run share the pending changes. */
export function dryAdapters({ newCluster, silent }: DryRun, clients: Clients = realClients): Adapters {
  const hosts = new Map<Host, Host>()
  const overlay = emptyOverlay()
  const members = noMemberChanges()
  const absent = new Set<string>(silent === undefined ? [] : [silent.server])
  for (const object of silent?.objects ?? []) overlay.written.create(object)
  const mayBeAbsent = newCluster || silent !== undefined
  return {
    host(host) {
      const recorded = hosts.get(host) ?? recordedHost(host)
      hosts.set(host, recorded)
      return recorded
    },
    kube(options) {
      const cluster = clients.kube({ timeoutMs: readMs, ...options })
      const rehearsal = clients.kube({ ...options, dryRun: true })
      const onAbsent = mayBeAbsent ? (server: string) => void absent.add(server) : undefined
      const isAbsent = silent && ((server: string) => absent.has(server))
      return {
        ...recordedKube(cluster, given({ overlay, rehearsal, onAbsent, isAbsent })),
        close() {
          cluster.close()
          rehearsal.close()
        },
      }
    },
    admin: (kube, superAdmin) => (newCluster ? withRights(kube, superAdmin) : kube),
    cri: recordedCri,
    etcd: async open => recordedEtcd(silent === undefined ? await open() : unknownEtcd(), members),
    probe: answer => answer.catch(orNotYet),
    until: signal => makeUntil(signal, { dryRun: true }),
    absent,
  }
}

/**
 * Uses super-admin.conf for requests that admin.conf is not allowed to make, because a dry run only records the binding
 * that gives it its rights.
 */
function withRights(kube: Kube, superAdmin: () => Promise<Kube>): Kube {
  const or = async <T>(asked: Promise<T>, again: (kube: Kube) => Promise<T>): Promise<T> => {
    try {
      return await asked
    } catch (error) {
      if (!isKadmError(error, 'API_REFUSED') || error.status !== 403) throw error
      const stronger = await superAdmin().catch(orUndefined)
      if (stronger === undefined) throw error
      return again(stronger)
    }
  }
  return {
    ...kube,
    get: ref => or(kube.get(ref), other => other.get(ref)),
    list: query => or(kube.list(query), other => other.list(query)),
    create: object => or(kube.create(object), other => other.create(object)),
    update: object => or(kube.update(object), other => other.update(object)),
    patch: (ref, patch, type) => or(kube.patch(ref, patch, type), other => other.patch(ref, patch, type)),
    apply: (object, as) => or(kube.apply(object, as), other => other.apply(object, as)),
  }
}

function orNotYet(error: unknown): HealthAnswer {
  if (isKadmError(error, 'API_UNREACHABLE')) return { status: 0, body: '' }
  throw error
}
