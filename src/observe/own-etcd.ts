import { hostPort } from '../cluster/cidr.ts'
import type { Cluster, Node } from '../cluster/cluster.ts'
import type { HostReader } from '../host/host.ts'
import { readStaticPod } from './static-pod.ts'

/** The etcd member that belongs to a machine. */
export interface OwnEtcd {
  /** `https://10.0.0.1:2380`: how the membership knows it, before its first start too. */
  readonly peerUrl: string
  /** Absent when nothing on the machine or in the cluster says that the data is this member's. */
  readonly dataDir?: string
}

/**
 * The member that kubeadm or kadm made here: by its static pod; without one, on a control plane, by what the cluster's
 * configuration says. undefined with an external etcd and on workers: data of etcd that lies there is somebody else's.
 */
export async function readOwnEtcd(host: HostReader, cluster: Cluster, node: Node): Promise<OwnEtcd | undefined> {
  const { external, local } = cluster.config.etcd
  if (external !== undefined) return undefined
  const pod = await readStaticPod(host, 'etcd')
  if (pod !== undefined) {
    const dataDir = pod.hostPaths.get('etcd-data')
    const peerUrl = pod.flags.get('initial-advertise-peer-urls')?.split(',')[0] ?? peerUrlOf(node)
    return { peerUrl, ...(dataDir === undefined ? {} : { dataDir }) }
  }
  if (node.role !== 'control-plane') return undefined
  const known = cluster.run.reset?.fromCluster === true ? local?.dataDir : undefined
  return { peerUrl: peerUrlOf(node), ...(known === undefined ? {} : { dataDir: known }) }
}

/** Where the etcd of a control plane listens for the others. */
function peerUrlOf(node: Pick<Node, 'advertiseAddress'>): string {
  return `https://${hostPort(node.advertiseAddress, 2380)}`
}
