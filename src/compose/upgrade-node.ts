import { given } from '../cluster/given.ts'
import { paths } from '../cluster/paths.ts'
import type { ClusterNode } from '../cluster/session.ts'
import { type CompletedUpgrade, completeUpgrade, type UpgradeOptions } from '../config/complete-upgrade.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { readClusterDocuments } from '../observe/cluster/cluster-documents.ts'
import { readClusterNodes } from '../observe/cluster/nodes.ts'
import { readNodePlace } from '../observe/left/node-place.ts'
import { openApi } from './api.ts'

/** A node to upgrade, and what its cluster reports. */
export interface UpgradeNode extends CompletedUpgrade {
  /** The Nodes of the cluster, if the credentials of the host can list them. Those of a worker cannot. */
  readonly members?: readonly ClusterNode[]
}

/** Timeout of one request in milliseconds. */
const timeoutMs = 10_000

/**
 * Reads a host and the configuration of its cluster: with admin.conf on a control plane, and with the credentials of the
 * kubelet on a worker. Throws PREFLIGHT_FAILED for a host that belongs to no cluster.
 */
export async function findUpgradeNode(host: HostReader, options: UpgradeOptions): Promise<UpgradeNode> {
  const place = await readNodePlace(host)
  const kubeconfig = options.kubeconfig ?? defaultKubeconfig(place.role)
  if ((await host.stat(kubeconfig)) === undefined) throw noCluster(host, kubeconfig)
  const { kube } = await openApi(host, kubeconfig, { timeoutMs })
  try {
    const [documents, members] = await Promise.all([readClusterDocuments(kube), readClusterNodes(kube)])
    return { ...completeUpgrade({ ...options, kubeconfig }, place, documents), ...given({ members }) }
  } finally {
    kube.close()
  }
}

function defaultKubeconfig(role: 'control-plane' | 'worker'): string {
  return `${paths.kubernetesDir}/${role === 'control-plane' ? 'admin.conf' : 'kubelet.conf'}`
}

function noCluster(host: HostReader, path: string): KadmError {
  return new KadmError('PREFLIGHT_FAILED', `${host.name} has no ${path}: it is not a node of a cluster`, {
    hint: 'run this on a node of the cluster, or name one with --host; --kubeconfig names another file',
  })
}
