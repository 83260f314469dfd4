import { findReleases, type FoundReleases } from '../clients/releases/client.ts'
import type { Kube } from '../clients/kube/kube.ts'
import { isReady } from '../clients/kube/node.ts'
import { controlPlanesOf } from '../cluster/cluster.ts'
import { localEndpoint } from '../cluster/endpoints.ts'
import type { UpgradeFinding } from '../cluster/upgrade-plan.ts'
import type { CompletedUpgrade } from '../config/complete-upgrade.ts'
import { isAnswer, isTransportFailure } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { readHostCertificates } from '../observe/cluster/host-certificates.ts'
import { findCustomizedAddons } from '../observe/cluster/upgrade/addon-customizations.ts'
import { findDevicePlugins } from '../observe/cluster/upgrade/device-plugins.ts'
import { findBlockingWebhooks } from '../observe/cluster/upgrade/blocking-webhooks.ts'
import { findRemovedApis } from '../observe/cluster/upgrade/deprecated-apis.ts'
import { findExpiringCertificates } from '../observe/cluster/upgrade/expiring-certificates.ts'
import { findObjectsOfRemovedKinds } from '../observe/cluster/upgrade/removed-kinds.ts'
import { readInstalledBinaries } from '../observe/machine/installed-binaries.ts'
import { readOfferedVersions } from '../ops/binaries/offered-versions.ts'
import { corednsDeployment } from '../render/objects/coredns.ts'
import { kubeProxyObjects } from '../render/objects/kube-proxy.ts'
import { openApi } from './api.ts'

/** How long the answer of the release server may take. */
const releasesMs = 3000

/** Returns the newest versions of labels, or none without internet. */
export function newestReleases(labels: readonly string[], signal: AbortSignal): Promise<FoundReleases> {
  return findReleases(labels, { timeoutMs: releasesMs, signal })
}

/** What the package repositories of hosts have. */
export interface PackagedKubelets {
  /** The versions that all hosts with a kubelet from a package can install; empty if that of one host is not known. */
  readonly versions: readonly string[]
  readonly findings: readonly UpgradeFinding[]
}

/** Asks the package managers of hosts for versions of the kubelet. They read their indexes, and not the network. */
export async function readPackagedKubelets(hosts: readonly HostReader[]): Promise<PackagedKubelets> {
  const offered: (readonly string[])[] = []
  const asked = hosts.map(async host => {
    const found = await orUnknown('KubeletPackages', async () => {
      const kubelet = (await readInstalledBinaries(host)).get('kubelet')
      const versions = kubelet === undefined ? undefined : await readOfferedVersions(host, kubelet)
      if (versions !== undefined) offered.push(versions)
      return []
    })
    return found.map(finding => ({ ...finding, message: `${host.name}: ${finding.message}` }))
  })
  const findings = (await Promise.all(asked)).flat()
  const [first = [], ...others] = findings.length > 0 ? [] : offered
  return { versions: first.filter(version => others.every(other => other.includes(version))), findings }
}

export interface FindingsInput {
  readonly hosts: readonly HostReader[]
  /** The nodes of the hosts, with the cluster as it is before the upgrade. */
  readonly nodes: readonly CompletedUpgrade[]
  readonly kube: Kube
  readonly kubeconfig: string
  readonly targetMinor: number
  readonly now: Date
}

/** Reads what an operator must know before an upgrade. What cannot be read is a finding itself. */
export async function readUpgradeFindings(input: FindingsInput): Promise<readonly UpgradeFinding[]> {
  const { kube } = input
  const found = await Promise.all([
    orUnknown('ControlPlaneNodesReady', () => findAway(kube)),
    orUnknown('DeprecatedAPIs', () => findObjectsOfRemovedKinds(kube, input.targetMinor)),
    orUnknown('AdmissionWebhooks', () => findBlockingWebhooks(kube)),
    orUnknown('DevicePlugins', () => findDevicePlugins(kube, input.targetMinor)),
    orUnknown('AddonCustomizations', () => customizedAddons(input)),
    ...input.hosts.map((host, i) => orUnknown('DeprecatedAPIs', () => removedApisOn(host, input.nodes[i], input))),
    ...input.hosts.map((host, i) =>
      orUnknown('CertificateExpiration', () => expiringOn(host, input.nodes[i], input.now)),
    ),
  ])
  const findings = found.flat()
  const messages = findings.map(({ message }) => message)
  return findings.filter(({ message }, i) => messages.indexOf(message) === i)
}

async function orUnknown(
  check: UpgradeFinding['check'],
  find: () => Promise<readonly UpgradeFinding[]>,
): Promise<readonly UpgradeFinding[]> {
  try {
    return await find()
  } catch (error) {
    if (!isAnswer(error) && !isTransportFailure(error)) throw error
    return [{ check, level: 'warning', message: error.message, remedy: error.hint ?? 'run the plan again' }]
  }
}

async function findAway(kube: Kube): Promise<readonly UpgradeFinding[]> {
  const labelSelector = 'node-role.kubernetes.io/control-plane'
  const nodes = await kube.list({ apiVersion: 'v1', kind: 'Node', labelSelector })
  const away = nodes.filter(node => !isReady(node)).map(({ metadata }) => metadata.name)
  if (away.length === 0) return []
  const message = `there are NotReady control-planes in the cluster: [${away.join(' ')}]`
  const remedy = 'make them ready first: `kubectl describe node NAME` shows what is wrong with a node'
  return [{ check: 'ControlPlaneNodesReady', level: 'error', message, remedy }]
}

async function customizedAddons({ hosts, nodes, kube, kubeconfig }: FindingsInput): Promise<readonly UpgradeFinding[]> {
  const first = nodes.findIndex(({ node }) => node.role === 'control-plane')
  const [host, place] = [hosts[first], nodes[first]]
  if (host === undefined || place === undefined) return []
  const { cluster } = place
  const [node] = controlPlanesOf(cluster)
  const proxies = node === undefined ? [] : kubeProxyObjects(cluster, node).filter(({ kind }) => kind === 'DaemonSet')
  const coredns = await kube.list({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'kube-system',
    labelSelector: 'k8s-app=kube-dns',
  })
  const replicas = (coredns[0]?.spec as { readonly replicas?: number } | undefined)?.replicas ?? 2
  const rehearsal = await openApi(host, kubeconfig, { dryRun: true })
  try {
    return await findCustomizedAddons(kube, rehearsal.kube, [corednsDeployment(cluster, { replicas }), ...proxies])
  } finally {
    rehearsal.kube.close()
  }
}

/** Each API server counts the requests that it gets itself. */
async function removedApisOn(
  host: HostReader,
  place: CompletedUpgrade | undefined,
  { kubeconfig, targetMinor }: FindingsInput,
): Promise<readonly UpgradeFinding[]> {
  if (place === undefined || place.node.role === 'worker') return []
  const { kube } = await openApi(host, kubeconfig, { serverOverride: localEndpoint(place.node) })
  return findRemovedApis(kube, targetMinor).finally(() => kube.close())
}

async function expiringOn(
  host: HostReader,
  place: CompletedUpgrade | undefined,
  now: Date,
): Promise<readonly UpgradeFinding[]> {
  if (place === undefined) return []
  const { certificates } = await readHostCertificates(host, { config: place.cluster.config, now })
  return findExpiringCertificates(certificates, now)
}
