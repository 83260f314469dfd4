import type { Cluster, Node } from '../cluster/cluster.ts'
import { paths } from '../cluster/paths.ts'
import type { HostReader } from '../host/host.ts'
import { etcdPeerUrl } from '../render/etcd.ts'
import { readStaticPod } from './static-pod.ts'

/** The etcd member that belongs to a machine. */
export interface OwnEtcd {
  /** `https://10.0.0.1:2380`: how the membership knows it, before its first start too. */
  readonly peerUrl: string
  /** Absent when nothing on the machine or in the cluster says that the data is this member's. */
  readonly dataDir?: string
  /** `https://127.0.0.1:2379`: where only an etcd of this machine answers. */
  readonly localUrl?: string
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
    const peerUrl = pod.flags.get('initial-advertise-peer-urls')?.split(',')[0] ?? etcdPeerUrl(node.advertiseAddress)
    const localUrl = pod.flags.get('listen-client-urls')?.split(',').find(isLoopback)
    return {
      peerUrl,
      ...(dataDir === undefined ? {} : { dataDir }),
      ...(localUrl === undefined ? {} : { localUrl }),
    }
  }
  if (node.role !== 'control-plane') return undefined
  const known = cluster.run.reset?.fromCluster === true && (await servesApi(host)) ? local?.dataDir : undefined
  return { peerUrl: etcdPeerUrl(node.advertiseAddress), ...(known === undefined ? {} : { dataDir: known }) }
}

/** kubeadm's sign of a control plane; keys and kubeconfigs may lie elsewhere, too. */
async function servesApi(host: HostReader): Promise<boolean> {
  return (await host.stat(paths.manifest('kube-apiserver'))) !== undefined
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && /^(127\..*|\[::1\]|localhost)$/.test(new URL(url).hostname)
}
