import type { AvailableUpgrade } from './available-upgrades.ts'
import { newestKnown } from './available-upgrades.ts'
import type { KubernetesComponent } from './components.ts'
import { corednsImage, etcdImage } from './images.ts'
import type { ClusterConfiguration } from './spec.ts'

/** A version of a component on a node. */
export interface RunningComponent {
  readonly name: KubernetesComponent | 'etcd' | 'kubelet'
  readonly node: string
  readonly version: string
}

/** The versions that run in a cluster. */
export interface RunningVersions {
  /** The highest version of the API servers, without a leading `v`, as kubeadm prints it. */
  readonly cluster: string
  readonly components: readonly RunningComponent[]
  /** The tag of the CoreDNS image; absent if the cluster has no CoreDNS. */
  readonly coredns?: string
}

/** A row of kubeadm's table. */
export interface ComponentUpgrade {
  readonly name: string
  readonly currentVersion: string
  readonly newVersion: string
  /** Absent for a component that runs on no particular node. */
  readonly nodeName?: string
}

export interface PlannedUpgrade {
  readonly description: string
  readonly components: readonly ComponentUpgrade[]
}

/** The state of a component configuration that the cluster stores. */
export interface ConfigVersion {
  readonly group: string
  /** Empty if the cluster has none. */
  readonly currentVersion: string
  readonly preferredVersion: string
  readonly manualUpgradeRequired: boolean
}

/**
 * Returns the rows of one upgrade in kubeadm's order. Source: genAvailableUpgrade. Images with a tag in the configuration
 * keep it.
 */
export function planUpgrade(
  { description, version }: AvailableUpgrade,
  running: RunningVersions,
  { config, etcdUpgrade }: { readonly config: ClusterConfiguration; readonly etcdUpgrade: boolean },
): PlannedUpgrade {
  const target = { ...config, kubernetesVersion: version }
  const tag = (image: string) => /:([^:/]+)$/.exec(image)?.[1] ?? ''
  const rows = (name: RunningComponent['name'], newVersion: string) =>
    byVersion(running.components.filter(one => one.name === name)).map(one => row(one, newVersion))
  const dns = running.coredns ?? ''
  const coredns = config.dns.disabled === true && dns === '' ? '' : tag(corednsImage(target))
  return {
    description,
    components: [
      ...(canUpgradeKubelets(running, version) ? rows('kubelet', version) : []),
      ...rows('kube-apiserver', version),
      ...rows('kube-controller-manager', version),
      ...rows('kube-scheduler', version),
      { name: 'kube-proxy', currentVersion: running.cluster, newVersion: version },
      ...(dns === '' && coredns === '' ? [] : [{ name: 'CoreDNS', currentVersion: dns, newVersion: coredns }]),
      { name: 'kubeadm', currentVersion: newestKnown, newVersion: newestKnown },
      ...(etcdUpgrade && config.etcd.local !== undefined ? rows('etcd', tag(etcdImage(target))) : []),
    ],
  }
}

function row({ name, node, version }: RunningComponent, newVersion: string): ComponentUpgrade {
  return { name, currentVersion: version, newVersion, nodeName: node }
}

/** False if every kubelet has the target version. */
function canUpgradeKubelets({ components }: RunningVersions, version: string): boolean {
  const versions = new Set(components.filter(({ name }) => name === 'kubelet').map(one => one.version))
  return versions.size > 1 || (versions.size === 1 && !versions.has(version))
}

/** Nodes with one version stay together, in the order of the API. */
function byVersion(components: readonly RunningComponent[]): readonly RunningComponent[] {
  return components.toSorted((a, b) => (a.version === b.version ? 0 : a.version < b.version ? -1 : 1))
}

/** The names of the findings, in the order of docs/upgrading.md. */
export const upgradeChecks = [
  'VersionSkew',
  'ControlPlaneNodesReady',
  'ComponentConfigs',
  'AdmissionWebhooks',
  'KubeletPackages',
  'DevicePlugins',
  'DeprecatedAPIs',
  'AddonCustomizations',
  'CertificateExpiration',
] as const

/** What an operator must know before an upgrade. An error stops it unless it is ignored by name. */
export interface UpgradeFinding {
  readonly check: (typeof upgradeChecks)[number]
  readonly level: 'warning' | 'error' | 'ignored'
  readonly message: string
  readonly remedy: string
}
