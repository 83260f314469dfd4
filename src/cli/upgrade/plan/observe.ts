import semver from 'semver'
import {
  availableUpgrades,
  newestKnown,
  newestOf,
  type UpgradeLookup,
  upgradeLabels,
} from '../../../cluster/available-upgrades.ts'
import type { FoundReleases } from '../../../clients/releases/client.ts'
import { toClusterConfigurationTree } from '../../../cluster/cluster-configuration-tree.ts'
import type { UpgradeRequest } from '../../../cluster/request.ts'
import type { ClusterNode } from '../../../cluster/session.ts'
import type { ClusterState } from '../../../cluster/state.ts'
import {
  type ConfigVersion,
  type PlannedUpgrade,
  planUpgrade,
  type RunningVersions,
  type UpgradeFinding,
} from '../../../cluster/upgrade-plan.ts'
import { upgradePolicy } from '../../../cluster/upgrade-policy.ts'
import {
  newestReleases,
  type PackagedKubelets,
  readPackagedKubelets,
  readUpgradeFindings,
} from '../../../compose/upgrade-findings.ts'
import { openUpgradeCluster, type UpgradeCluster, upgradeTargets } from '../../../compose/upgrade-nodes.ts'
import type { CompletedUpgrade } from '../../../config/complete-upgrade.ts'
import { findUnknownFields } from '../../../config/upgrade-components.ts'
import { listClusterNodes } from '../../../observe/cluster/nodes.ts'
import { observeState } from '../../../observe/cluster/observe-state.ts'
import { readRunningVersions } from '../../../observe/cluster/running-versions.ts'
import { configVersions, findManualConfigs } from '../../../observe/cluster/upgrade/config-versions.ts'
import type { ReportProgress } from '../../../observe/cluster/cluster-wait.ts'
import { toYaml } from '../../../yaml/write.ts'
import { checkPatches } from '../../run/check-patches.ts'
import type { Reached, Seen } from '../../run/intent.ts'
import type { PlanAsked } from './parse.ts'

/** What a plan reads before its dry run. */
export interface PlanSeen extends Seen<UpgradeRequest> {
  readonly upgrades: readonly PlannedUpgrade[]
  readonly configs: readonly ConfigVersion[]
  readonly findings: readonly UpgradeFinding[]
  /** The configuration as the cluster stores it. */
  readonly storedConfig: string
}

/** Reads the cluster, asks for newer versions, and looks for what stands in the way of an upgrade. */
export async function observePlan(asked: PlanAsked, { hosts, signal, report }: Reached): Promise<PlanSeen> {
  report('upgrade/config')('Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...')
  const ended = new AbortController()
  // The answer comes while the hosts and the cluster are read.
  const looking = AbortSignal.any([signal, ended.signal])
  const releases = asked.target === undefined ? newestReleases(upgradeLabels(asked), looking) : undefined
  try {
    const cluster = await openUpgradeCluster(hosts, asked.upgrade.kubeconfig)
    const look = async () => {
      const [nodes, state, packaged] = await Promise.all([
        listClusterNodes(cluster.kube),
        observeState({ hosts }),
        asked.target === undefined ? readPackagedKubelets(hosts) : nothingAsked,
      ])
      const running = await readRunningVersions(cluster.kube, nodes)
      const found = { releases: await releases, packaged: packaged.versions }
      const lookup = lookupOf(asked, running, found, report('upgrade/versions'))
      return seenOf(asked, { ...cluster, hosts, nodes, state, running, lookup, packages: packaged.findings })
    }
    return await look().finally(() => cluster.kube.close())
  } finally {
    ended.abort()
  }
}

const nothingAsked: PackagedKubelets = { versions: [], findings: [] }

interface Looked extends UpgradeCluster {
  readonly hosts: Reached['hosts']
  readonly nodes: readonly ClusterNode[]
  readonly state: ClusterState
  readonly running: RunningVersions
  readonly lookup: UpgradeLookup
  readonly packages: readonly UpgradeFinding[]
}

async function seenOf(asked: PlanAsked, looked: Looked): Promise<PlanSeen> {
  const { hosts, nodes, state, running, lookup, packages, kube, documents } = looked
  const before = upgradeTargets(looked, asked.upgrade)
  for (const target of before) checkPatches('upgrade', target.cluster)
  const to = lookup.asked ?? availableUpgrades(lookup).at(-1)?.version ?? `v${running.cluster}`
  const configs = configVersions(documents)
  const unknown = before.slice(0, 1).flatMap(({ cluster }) => findUnknownFields(cluster, to))
  const found = await readUpgradeFindings({
    ...{ hosts, nodes: before, kube, kubeconfig: asked.upgrade.kubeconfig },
    targetMinor: semver.parse(to)?.minor ?? 0,
    now: new Date(),
  })
  return {
    targets: before,
    state: { ...state, nodes },
    warnings: [...new Set(before.flatMap(({ warnings }) => warnings))],
    onControlPlane: true,
    dry: { newCluster: false },
    upgrades: plannedUpgrades(lookup, running, before, asked),
    configs,
    findings: [
      ...skewFindings(asked, running, nodes, to),
      ...findManualConfigs(configs),
      ...unknown,
      ...packages,
      ...found,
    ],
    storedConfig: storedConfigOf(before),
  }
}

/** As in kubeadm, a version on the command line replaces every lookup. */
function lookupOf(
  { allowExperimental, allowReleaseCandidate, target }: PlanAsked,
  { cluster }: RunningVersions,
  { releases, packaged }: { readonly releases: FoundReleases | undefined; readonly packaged: readonly string[] },
  report: ReportProgress,
): UpgradeLookup {
  const known = { cluster: `v${cluster}`, allowExperimental, allowReleaseCandidate }
  report(`Cluster version: ${cluster}`)
  report(`Newest version that kadm knows: ${newestKnown}`)
  if (target !== undefined) {
    report(`Target version: ${target}`)
    return { ...known, asked: target }
  }
  const { labels, failure } = releases ?? { labels: new Map() }
  if (failure !== undefined) report(`The newest versions are those that kadm knows: dl.k8s.io: ${failure}`)
  const minor = semver.parse(cluster)?.minor ?? 0
  const [offered] = packaged
  if (offered !== undefined) report(`Newest version in the package repositories: ${offered}`)
  const latest = newestOf(minor, { labels, packaged })
  if (latest !== undefined) report(`Latest version in the v1.${minor} series: ${latest}`)
  return { ...known, labels, packaged }
}

function plannedUpgrades(
  lookup: UpgradeLookup,
  running: RunningVersions,
  [first]: readonly CompletedUpgrade[],
  { upgrade }: PlanAsked,
): readonly PlannedUpgrade[] {
  if (first === undefined) return []
  const options = { config: first.cluster.config, etcdUpgrade: upgrade.etcdUpgrade }
  return availableUpgrades(lookup).map(available => planUpgrade(available, running, options))
}

/** The rules of `upgrade apply` for the target, and API servers of different versions. */
function skewFindings(
  { allowExperimental, allowReleaseCandidate }: PlanAsked,
  running: RunningVersions,
  nodes: readonly ClusterNode[],
  to: string,
): readonly UpgradeFinding[] {
  const kubelets = nodes.flatMap(({ kubeletVersion }) => kubeletVersion ?? [])
  const versions = { from: `v${running.cluster}`, to, kubelets, allowExperimental, allowReleaseCandidate }
  const rules = upgradePolicy(versions).map(({ message, remedy }): UpgradeFinding => {
    return { check: 'VersionSkew', level: 'error', message, remedy }
  })
  const servers = running.components.filter(({ name }) => name === 'kube-apiserver')
  if (new Set(servers.map(({ version }) => version)).size < 2) return rules
  const list = servers.map(({ node, version }) => `${version} on ${node}`).join(', ')
  const message = `the API servers of the cluster have different versions: ${list}`
  const remedy = 'finish the upgrade of the older control planes first'
  return [...rules, { check: 'VersionSkew', level: 'warning', message, remedy }]
}

function storedConfigOf([first]: readonly CompletedUpgrade[]): string {
  return first === undefined ? '' : toYaml(toClusterConfigurationTree(first.cluster.config))
}
