import type { Kube } from '../clients/kube/kube.ts'
import {
  type CompletedUpgrade,
  completeUpgrade,
  type UpgradeOptions,
  type UpgradePlace,
} from '../config/complete-upgrade.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { type ClusterDocuments, readClusterDocuments } from '../observe/cluster/cluster-documents.ts'
import { readNodePlace } from '../observe/left/node-place.ts'
import { openApi } from './api.ts'

/** The hosts of an upgrade, and the cluster as the first control plane among them reaches it. */
export interface UpgradeCluster {
  readonly kube: Kube
  readonly documents: ClusterDocuments
  /** In the order of the hosts. */
  readonly places: readonly UpgradePlace[]
}

/** Timeout of one request in milliseconds. */
const timeoutMs = 10_000

/** Reads the hosts and the stored configuration. The caller closes `kube`. Throws PREFLIGHT_FAILED without a control plane. */
export async function openUpgradeCluster(hosts: readonly HostReader[], kubeconfig: string): Promise<UpgradeCluster> {
  const places = await Promise.all(hosts.map(host => readNodePlace(host)))
  const source = hosts[places.findIndex(({ role }) => role === 'control-plane')]
  if (source === undefined) throw noControlPlane(hosts)
  const { kube } = await openApi(source, kubeconfig, { timeoutMs })
  try {
    return { kube, places, documents: await readClusterDocuments(kube) }
  } catch (error) {
    kube.close()
    throw error
  }
}

function noControlPlane(hosts: readonly HostReader[]): KadmError {
  const names = hosts.map(({ name }) => name).join(', ')
  return new KadmError('PREFLIGHT_FAILED', `no host is a control plane of a cluster: ${names}`, {
    hint: 'run this on a control plane, or name one with --host',
  })
}

/** Returns each node with its cluster after the upgrade, in the order of the hosts. Throws CONFIG_INVALID. */
export function upgradeTargets(
  { places, documents }: Pick<UpgradeCluster, 'places' | 'documents'>,
  options: UpgradeOptions,
): readonly CompletedUpgrade[] {
  return places.map(place => completeUpgrade(options, place, documents))
}
