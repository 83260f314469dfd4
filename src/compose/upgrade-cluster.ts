import { type BinaryInput, namedBinaries } from '../cluster/binary-source.ts'
import { defaultNodeName } from '../cluster/cluster.ts'
import { given } from '../cluster/given.ts'
import { paths } from '../cluster/paths.ts'
import type { DrainRules, NodeHooks, UpgradeClusterRequest } from '../cluster/request.ts'
import type { ClusterNode } from '../cluster/session.ts'
import type { ClusterState } from '../cluster/state.ts'
import { type UpgradeStep, upgradeHops, upgradeSteps } from '../cluster/upgrade-hops.ts'
import { upgradePolicy } from '../cluster/upgrade-policy.ts'
import { completeUpgrade, type UpgradeOptions, type UpgradePlace } from '../config/complete-upgrade.ts'
import { parseStoredCluster } from '../config/stored-configuration.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { ConnectedHost, HostReader } from '../host/host.ts'
import { listClusterNodes } from '../observe/cluster/nodes.ts'
import { observeState } from '../observe/cluster/observe-state.ts'
import { readKubeletVersion } from '../observe/machine/kubelet-version.ts'
import { readStaticPod } from '../observe/machine/static-pod.ts'
import type { Target } from '../phases/phase.ts'
import type { Hop } from '../phases/upgrade-pipelines.ts'
import { openUpgradeCluster, type UpgradeCluster } from './upgrade-nodes.ts'

/** What `kadm upgrade cluster` asks for. */
export interface UpgradeClusterAsk {
  readonly options: UpgradeOptions & { readonly version: string }
  readonly binaries: BinaryInput
  readonly drain: DrainRules
  readonly hooks: NodeHooks
  /** Skips the rules about versions that an upgrade may break. */
  readonly force: boolean
  readonly allowExperimental: boolean
  readonly allowReleaseCandidate: boolean
  /** The name of the node after which the upgrade stops. */
  readonly pauseAfter?: string
}

/** The nodes of an upgrade, and what it leaves out. */
export interface UpgradeClusterPlan {
  readonly hops: readonly Hop[]
  /** All nodes in the order of the hosts, with the request of the first version. */
  readonly targets: readonly Target<UpgradeClusterRequest>[]
  /** The host of the first control plane. */
  readonly source: ConnectedHost
  readonly from: string
  readonly state: ClusterState
  /** Names of nodes that do not get the target version: those without a host, and those that a pause leaves. */
  readonly left: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * Reads the hosts and their cluster, and plans the versions and the order of the nodes. Throws PREFLIGHT_FAILED if a
 * control plane of the cluster is not among the hosts, and if a rule about versions forbids the upgrade.
 */
export async function planUpgradeCluster(
  hosts: readonly ConnectedHost[],
  ask: UpgradeClusterAsk,
): Promise<UpgradeClusterPlan> {
  const kubeconfig = ask.options.kubeconfig ?? adminConf
  const [cluster, observed, running] = await Promise.all([
    openUpgradeCluster(hosts, kubeconfig),
    observeState({ hosts }),
    Promise.all(hosts.map(readVersions)),
  ])
  const members = await listClusterNodes(cluster.kube).finally(() => cluster.kube.close())
  const { config, warnings } = parseStoredCluster(cluster.documents.clusterConfiguration)
  const { version: to } = ask.options
  const stored = config.kubernetesVersion
  const order = orderOf(cluster.places)
  const names = order.map(at => nameOf(cluster.places[at]))
  requireControlPlanes(members, names)
  const versions = upgradeHops({ stored, to, nodes: running.flat() })
  requireVersions(upgradeSteps({ stored, versions, members, names }), ask)
  if (versions.length > 1) await requireBinaries(hosts, ask.binaries, versions)
  const all = hopsOf(cluster, ask, versions)
  const chosen = cutAfter(order, names, ask.pauseAfter)
  // Control planes of one cluster must not be two minor versions apart, so that a pause ends the first version.
  const due = ask.pauseAfter === undefined ? all : all.slice(0, 1)
  const hops = due.map(hop => ({ ...hop, targets: chosen.flatMap(at => hop.targets[at] ?? []) }))
  const named = due.length < all.length ? [] : (hops[0]?.targets.map(({ node }) => node.name) ?? [])
  const left = members.map(({ name }) => name).filter(name => !named.includes(name))
  const source = hosts[order[0] ?? 0]
  if (source === undefined) throw new KadmError('INTERNAL', 'an upgrade has no first control plane')
  return {
    hops,
    targets: all[0]?.targets ?? [],
    source,
    from: stored,
    state: { ...observed, stored: config, nodes: members },
    left,
    warnings,
  }
}

const adminConf = `${paths.kubernetesDir}/admin.conf`

/** Returns the versions of the kubelet and the API server on a host. */
async function readVersions(host: HostReader): Promise<readonly string[]> {
  const [kubelet, apiserver] = await Promise.all([readKubeletVersion(host), readStaticPod(host, 'kube-apiserver')])
  return [kubelet, apiserver?.tag].filter(version => version !== undefined)
}

/** Returns the indexes of the hosts: control planes first, else in the order in which they were given. */
function orderOf(places: readonly UpgradePlace[]): readonly number[] {
  const indexes = places.map((_, at) => at)
  const isFirst = (at: number) => places[at]?.role === 'control-plane'
  return [...indexes.filter(isFirst), ...indexes.filter(at => !isFirst(at))]
}

function nameOf(place: UpgradePlace | undefined): string {
  return place === undefined ? '' : (place.name ?? defaultNodeName(place.facts))
}

/** Returns the indexes up to the node after which the upgrade stops. Throws USAGE for a node that is not among them. */
function cutAfter(order: readonly number[], names: readonly string[], pauseAfter: string | undefined) {
  if (pauseAfter === undefined) return order
  const end = names.indexOf(pauseAfter)
  if (end >= 0) return order.slice(0, end + 1)
  throw new KadmError('USAGE', `--pause-after ${pauseAfter} names none of the nodes of this upgrade`, {
    hint: `their order is ${names.join(', ')}`,
  })
}

/** Returns the versions with all nodes in the order of the hosts. */
function hopsOf(
  { places, documents }: UpgradeCluster,
  { options, binaries, drain, hooks }: UpgradeClusterAsk,
  versions: readonly string[],
): readonly Hop[] {
  const complete = (place: UpgradePlace, version: string) => {
    const kubeconfig = place.role === 'worker' ? `${paths.kubernetesDir}/kubelet.conf` : options.kubeconfig
    return completeUpgrade(
      { ...options, version, ...(kubeconfig === undefined ? {} : { kubeconfig }) },
      place,
      documents,
    )
  }
  // One object stands for a node in every hop: the run finds the host of a node by it.
  const nodes = places.map(place => complete(place, options.version).node)
  return versions.map((version, hop) => ({
    version,
    targets: places.flatMap((place, at) => {
      const node = nodes[at]
      if (node === undefined) return []
      const { cluster, request } = complete(place, version)
      const from = versions[hop - 1] ?? request.from
      return {
        cluster: { ...cluster, nodes: [node] },
        node,
        request: { ...request, from, binaries, drain, hooks, ...given({ continues: hop > 0 || undefined }) },
      }
    }),
  }))
}

/** Two control planes must not stay more than one minor apart, so that all of them are upgraded. */
function requireControlPlanes(members: readonly ClusterNode[], names: readonly string[]): void {
  const missing = members.filter(({ controlPlane, name }) => controlPlane && !names.includes(name))
  if (missing.length === 0) return
  const list = missing.map(({ name, addresses }) => `${name} (${addresses[0] ?? 'no address'})`).join(', ')
  throw new KadmError('PREFLIGHT_FAILED', `these control planes of the cluster are not among the hosts: ${list}`, {
    hint: 'give each of them with --host; --pause-after stops the upgrade after one of them',
  })
}

/** Throws PREFLIGHT_FAILED with every rule that a step of the upgrade breaks. */
function requireVersions(steps: readonly UpgradeStep[], ask: UpgradeClusterAsk): void {
  const { allowExperimental, allowReleaseCandidate, force } = ask
  const faults = steps.flatMap(step => upgradePolicy({ ...step, allowExperimental, allowReleaseCandidate }))
  const broken = faults.filter(({ mandatory }) => mandatory || !force)
  if (broken.length === 0) return
  throw new KadmError('PREFLIGHT_FAILED', `an upgrade to ${ask.options.version} is not possible`, {
    problems: broken.map(({ message, remedy }) => ({ message, remedy })),
    hint: broken.every(({ mandatory }) => !mandatory) ? '--force skips these rules' : undefined,
  })
}

/** Throws BINARIES_INVALID if a step of an upgrade by several minor versions has no binaries, before the first node changes. */
async function requireBinaries(hosts: readonly HostReader[], binaries: BinaryInput, versions: readonly string[]) {
  if (binaries.kind === 'packages') return
  const places = binaries.kind === 'directory' ? hosts.map(host => ({ host, dir: binaries.path })) : []
  const onHosts = await Promise.all(
    places.flatMap(({ host, dir }) =>
      versions.map(async version => {
        const path = `${dir}/${version}`
        return (await host.stat(path))?.kind === 'dir' ? [] : [`${path} on ${host.name}`]
      }),
    ),
  )
  const inArchive =
    binaries.kind === 'archive'
      ? versions.filter(version => namedBinaries(binaries.archive, version) === undefined)
      : []
  const missing = [...onHosts.flat(), ...inArchive]
  if (missing.length === 0) return
  const steps = versions.join(', then ')
  throw new KadmError(
    'BINARIES_INVALID',
    `the upgrade goes to ${steps}, and has no binaries in ${missing.join(', ')}`,
    {
      hint: 'put the binaries of each version, with their SHA256SUMS, into a directory that is named after it',
    },
  )
}
