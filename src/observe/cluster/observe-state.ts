import type { Etcd } from '../../clients/etcd/etcd.ts'
import { readMemberStates } from '../../clients/etcd/member-states.ts'
import type { Kube } from '../../clients/kube/kube.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import type { ClusterNode } from '../../cluster/session.ts'
import type { ClusterConfiguration } from '../../cluster/spec.ts'
import type { ClusterState, EtcdMemberState, Unanswered } from '../../cluster/state.ts'
import { parseStoredCluster, type StoredConfiguration } from '../../config/stored-configuration.ts'
import { isAnswer, isTransportFailure } from '../../errors/kadm-error.ts'
import { readUnfinishedRun } from '../../host/claim/unfinished-run.ts'
import type { HostReader } from '../../host/host.ts'
import { type FoundOnDisk, readCertificatesOnDisk } from '../pki/certificates-on-disk.ts'
import { readClusterConfiguration } from './cluster-documents.ts'
import { listClusterNodes } from './nodes.ts'
import { type FoundServed, readServedCertificates } from './served-certificates.ts'

/** The parts to read; an absent part is not read. */
export interface StateLook {
  readonly api?: ApiLook
  /** Hosts whose last run is read. */
  readonly hosts?: readonly HostReader[]
  /** Control planes whose certificates are read, on disk and as served. */
  readonly controlPlanes?: readonly { readonly host: HostReader; readonly cluster: Pick<Cluster, 'config'> }[]
}

/** The API of a cluster, and its etcd. */
export interface ApiLook {
  readonly kube: Kube
  /** Opens a stacked etcd; not called for an external etcd. */
  readonly openEtcd: (config: ClusterConfiguration) => Promise<Etcd>
  /** Whether to read the health of each member, which takes 2 s for a member whose host is down. */
  readonly memberHealth: boolean
}

/**
 * Reads the state of a cluster and its hosts in parallel. A server, host or file that does not answer is part of the
 * state, in `unanswered`. Throws if the run is interrupted.
 */
export async function observeState({ api, hosts = [], controlPlanes = [] }: StateLook): Promise<ClusterState> {
  const [seen, runs, certificates] = await Promise.all([
    api && observeApi(api),
    hosts.length === 0 ? undefined : observeRuns(hosts),
    controlPlanes.length === 0 ? undefined : observeCertificates(controlPlanes),
  ])
  const unanswered = [seen, runs, certificates].flatMap(part => part?.unanswered ?? [])
  return { ...seen, ...runs, ...certificates, unanswered }
}

async function observeApi({ kube, openEtcd, memberHealth }: ApiLook): Promise<ClusterState> {
  const reading = attempt('stored', kube.server, async () => parseStoredCluster(await readClusterConfiguration(kube)))
  const [stored, nodes, etcd] = await Promise.all([
    reading,
    attempt('nodes', kube.server, () => listClusterNodes(kube)),
    reading.then(({ value }) => observeEtcd(value, { openEtcd, memberHealth })),
  ])
  const unanswered = [stored, nodes, etcd].flatMap(({ failure }) => failure ?? [])
  return {
    ...given({
      stored: stored.value?.config,
      warnings: stored.value?.warnings,
      nodes: nodes.value,
      etcd: etcd.value,
      controlPlanes: votersOf(etcd.value) ?? labeled(nodes.value),
    }),
    unanswered,
  }
}

type Attempt<T> = { readonly value?: T; readonly failure?: Unanswered }

async function observeEtcd(
  stored: StoredConfiguration | undefined,
  { openEtcd, memberHealth }: Omit<ApiLook, 'kube'>,
): Promise<Attempt<readonly EtcdMemberState[]>> {
  if (stored === undefined || stored.config.etcd.external !== undefined) return {}
  return attempt('etcd', 'etcd', async () => {
    const etcd = await openEtcd(stored.config)
    const members = memberHealth ? readMemberStates(etcd) : etcd.members()
    return members.finally(() => etcd.close())
  })
}

async function attempt<T>(part: Unanswered['part'], from: string, read: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await read() }
  } catch (error) {
    if (!isAnswer(error) && !isTransportFailure(error)) throw error
    return { failure: { part, from, error } }
  }
}

/** Nodes stay listed after their hosts are gone, so voters are preferred to labeled Nodes. */
function votersOf(members: readonly EtcdMemberState[] | undefined): readonly string[] | undefined {
  return members?.filter(({ learner }) => !learner).map(({ name }) => name)
}

function labeled(nodes: readonly ClusterNode[] | undefined): readonly string[] | undefined {
  return nodes?.filter(({ controlPlane }) => controlPlane).map(({ name }) => name)
}

async function observeRuns(hosts: readonly HostReader[]): Promise<ClusterState> {
  const found = await Promise.all(
    hosts.map(async host => {
      const { value, failure } = await attempt('unfinishedRuns', host.name, () => readUnfinishedRun(host))
      return { run: value && { host: host.name, ...value }, failure }
    }),
  )
  return {
    unfinishedRuns: found.flatMap(({ run }) => run ?? []),
    unanswered: found.flatMap(({ failure }) => failure ?? []),
  }
}

async function observeCertificates(places: NonNullable<StateLook['controlPlanes']>): Promise<ClusterState> {
  const found = await Promise.all(
    places.flatMap(({ host, cluster }) => [
      attempt('onDisk', host.name, () => readCertificatesOnDisk(host, cluster)),
      attempt('served', host.name, () => readServedCertificates(host)),
    ]),
  )
  const parts: readonly Partial<FoundOnDisk & FoundServed>[] = found.flatMap(({ value }) => value ?? [])
  return {
    onDisk: parts.flatMap(({ onDisk = [] }) => onDisk),
    served: parts.flatMap(({ served = [] }) => served),
    unanswered: [
      ...parts.flatMap(({ unanswered = [] }) => unanswered),
      ...found.flatMap(({ failure }) => failure ?? []),
    ],
  }
}
