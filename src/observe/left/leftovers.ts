import { posix } from 'node:path'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { namesIn } from '../../host/names-in.ts'
import { realDir } from '../../host/real-dir.ts'
import { lastArg } from '../../render/static-pod/command.ts'
import { readForeignEtcd } from '../etcd/own-etcd.ts'
import { describeNetwork, readNetworkLeftovers } from './network-leftovers.ts'

/** Something that a reset does not remove from a host. */
export interface Leftover {
  readonly what: string
  readonly why: string
}

const emptied = new Set(['manifests', 'tmp'])
const defaultDataDir = '/var/lib/etcd'

/** Returns what remains of this or another cluster after a reset. */
export async function readLeftovers(host: HostReader, cluster: Cluster, node: Node): Promise<readonly Leftover[]> {
  const { certificatesDir, etcd } = cluster.config
  const [own, tmp, certificates, data, network, links, kubeconfig, logs, addresses, running] = await Promise.all([
    host.list(paths.kubernetesDir),
    filesIn(host, `${paths.kubernetesDir}/tmp`),
    filesIn(host, certificatesDir),
    Promise.all([...new Set([defaultDataDir, etcd.local?.dataDir ?? defaultDataDir])].map(dir => holder(host, dir))),
    readNetworkLeftovers(host),
    host.list('/sys/class/net'),
    host.stat('/root/.kube/config'),
    holder(host, '/var/log/pods'),
    holder(host, '/var/lib/cni'),
    readForeignEtcd(host, cluster),
  ])
  const foreign = own
    .map(name => posix.join(paths.kubernetesDir, name))
    .filter(
      path => !emptied.has(posix.basename(path)) && path !== certificatesDir && path !== paths.defaultCertificatesDir,
    )
  return [
    ...(node.role === 'control-plane' ? objectsIn(cluster) : []),
    ...running.map(({ pid }) => ({ what: `etcd (pid ${pid})`, why: 'is running, and the kubelet did not start it' })),
    ...foreign.map(what => ({ what, why: 'not written by kubeadm or kadm' })),
    ...tmp.map(what => ({ what, why: 'kept by earlier runs; --cleanup-tmp-dir removes it' })),
    ...certificates.map(what => ({ what, why: 'not written by kubeadm or kadm' })),
    ...data.flat().map(what => ({ what, why: 'etcd data that cannot be attributed to this cluster' })),
    ...describeNetwork(network).map(what => ({ what, why: '--cleanup-network removes it' })),
    ...links.filter(isOfPlugin).map(name => ({ what: `the network interface ${name}`, why: 'of the network plugin' })),
    ...logs.map(what => ({ what, why: 'logs of the pods' })),
    ...addresses.map(what => ({ what, why: 'addresses that the network plugin allocated' })),
    ...(kubeconfig === undefined ? [] : [{ what: '/root/.kube/config', why: 'may refer to a deleted cluster' }]),
  ]
}

/** A reset never changes an external etcd: other control planes may use it. */
function objectsIn({ config }: Cluster): readonly Leftover[] {
  const { external } = config.etcd
  if (external === undefined) return []
  const prefix = (lastArg(config.apiServer.extraArgs, 'etcd-prefix') ?? '/registry').replace(/\/+$/, '')
  const what = `the objects of the cluster in the external etcd at ${external.endpoints.join(', ')}`
  const why = `a new cluster there needs them gone: \`etcdctl del --prefix ${prefix}/\``
  return [{ what, why }]
}

async function filesIn(host: HostReader, dir: string): Promise<readonly string[]> {
  if ((await realDir(host, dir)) === undefined) return []
  return (await namesIn(host, dir)).map(name => posix.join(dir, name))
}

/** Returns the directory itself if it is not empty. */
async function holder(host: HostReader, dir: string): Promise<readonly string[]> {
  return (await filesIn(host, dir)).length === 0 ? [] : [dir]
}

/** Interfaces that network plugins and kube-proxy create for all pods of a node. */
function isOfPlugin(name: string): boolean {
  return /^(cni|flannel|cali|tunl|vxlan\.calico|cilium|lxc_health|weave|kube-|nodelocaldns|antrea|ovn)/.test(name)
}
