import type { Cluster, EtcdDirs, Node } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { isLoopbackUrl, type StaticPod } from '../machine/static-pod.ts'
import { type EtcdProcess, type HostEtcd, readLocalEtcd } from './local-etcd.ts'

/** The etcd member of a host, as far as the host shows it. */
export interface OwnEtcd extends Partial<EtcdDirs> {
  /** `https://10.0.0.1:2380`: the URL in the membership; empty if nothing on the host names it. */
  readonly peerUrls: readonly string[]
  /** The name in etcd's flags. */
  readonly name?: string
  /** `https://127.0.0.1:2379`: a URL at which only an etcd of this host answers. */
  readonly localUrl?: string
  /** `http://127.0.0.1:2381`: where it serves metrics without a certificate. */
  readonly metricsUrl?: string
  /** IDs of its processes; empty if it does not run. */
  readonly pids: readonly number[]
  /** True if it was not started by the kubelet of this host. */
  readonly byOther?: true
}

/** What was read of a host's etcd before a reset began. */
export interface KnownEtcd {
  /** The directories that its member uses. */
  readonly etcdData?: EtcdDirs
  /** True if the configuration comes from the cluster, so that its paths are those of this host. */
  readonly fromCluster?: boolean
}

/**
 * Returns the member that kubeadm or kadm created on the host: from its static pod and its processes, or else, on a
 * control plane, from the cluster's configuration. undefined on workers, and with an external etcd unless the kubelet
 * of this host runs it: other etcd data on the host belong to others. Throws COMMAND_FAILED if the host does not list
 * its processes.
 */
export async function readOwnEtcd(
  host: HostReader,
  cluster: Cluster,
  node: Node,
  known: KnownEtcd = {},
): Promise<OwnEtcd | undefined> {
  const local = await readLocalEtcd(host)
  const running = local.running.filter(one => isOwn(one, cluster, local))
  const external = cluster.config.etcd.external !== undefined
  if (local.pod === undefined && running.length === 0 && (external || node.role !== 'control-plane')) return undefined
  const sources = [...(local.pod === undefined ? [] : [local.pod.flags]), ...running.map(({ flags }) => flags)]
  const urls = (flag: string) => sources.flatMap(flags => flags.get(flag)?.split(',') ?? [])
  return {
    peerUrls: [...new Set(urls('initial-advertise-peer-urls'))],
    pids: running.map(({ pid }) => pid),
    ...(running.some(({ ofPod }) => !ofPod) ? { byOther: true } : {}),
    ...given({
      name: sources.map(flags => flags.get('name')).find(Boolean),
      localUrl: urls('listen-client-urls').find(isLoopbackUrl),
      metricsUrl: urls('listen-metrics-urls').find(url => url.startsWith('http:') && isLoopbackUrl(url)),
    }),
    ...(external ? {} : await readDirs(host, cluster, { ...local, running }, known)),
  }
}

/** Returns the data directories of a running member of this host; undefined if none runs. */
export async function readUsedDirs(host: HostReader, cluster: Cluster): Promise<EtcdDirs | undefined> {
  const local = await readLocalEtcd(host)
  return usedDirs(
    host,
    local.running.filter(one => isOwn(one, cluster, local)),
  )
}

/** Returns etcd processes on the host that are not the member of its control plane. */
export async function readForeignEtcd(host: HostReader, cluster: Cluster): Promise<readonly EtcdProcess[]> {
  const local = await readLocalEtcd(host)
  return local.running.filter(one => !one.ofPod && !isOwn(one, cluster, local))
}

/**
 * An etcd pod with certificates belongs to a control plane: those of network plugins have none. A process of others
 * does if it uses files that a reset removes.
 */
function isOwn({ ofPod, flags }: EtcdProcess, { config }: Cluster, { pod }: HostEtcd): boolean {
  if (ofPod) return flags.has('trusted-ca-file') || flags.has('peer-trusted-ca-file')
  const external = config.etcd.external !== undefined
  const removed = [
    ...[config.certificatesDir, paths.kubeletDir],
    ...(external ? [] : [pod?.hostPaths.get('etcd-data'), config.etcd.local?.dataDir]),
  ]
  const used = ['data-dir', 'wal-dir', 'cert-file', 'trusted-ca-file', 'peer-cert-file', 'peer-trusted-ca-file']
  return used.some(flag => removed.some(dir => dir !== undefined && isWithin(flags.get(flag), dir)))
}

/**
 * Returns the directories from the static pod, else from processes that run or ran when the reset began, else from the
 * cluster.
 */
async function readDirs(
  host: HostReader,
  cluster: Cluster,
  local: HostEtcd,
  { etcdData, fromCluster = false }: KnownEtcd,
): Promise<Partial<EtcdDirs>> {
  if (local.pod !== undefined) return dirsOfPod(local.pod)
  const used = (await usedDirs(host, local.running)) ?? etcdData
  if (used !== undefined) return used
  if (!fromCluster || !(await servesApi(host))) return {}
  return given({ dataDir: cluster.config.etcd.local?.dataDir })
}

function dirsOfPod({ flags, hostPaths }: StaticPod): Partial<EtcdDirs> {
  const wal = flags.get('wal-dir')
  const outside = [...hostPaths.values()].some(path => isWithin(wal, path))
  return { ...given({ dataDir: hostPaths.get('etcd-data') }), ...(outside ? given({ walDir: wal }) : {}) }
}

async function usedDirs(host: HostReader, running: readonly EtcdProcess[]): Promise<EtcdDirs | undefined> {
  for (const one of running) {
    const dataDir = await seenOutside(host, one, 'data-dir')
    if (dataDir !== undefined) return { dataDir, ...given({ walDir: await seenOutside(host, one, 'wal-dir') }) }
  }
  return undefined
}

/** Returns a directory of a process if its path is the same on the host: a container has its own paths. */
async function seenOutside(host: HostReader, { pid, flags }: EtcdProcess, flag: string): Promise<string | undefined> {
  const dir = flags.get(flag)
  if (dir?.startsWith('/') !== true) return undefined
  return (await host.query(['test', dir, '-ef', `/proc/${pid}/root${dir}`])).code === 0 ? dir : undefined
}

/** True if the manifest of an API server exists. Keys and kubeconfigs can exist on other hosts too. */
async function servesApi(host: HostReader): Promise<boolean> {
  return (await host.stat(paths.manifest('kube-apiserver'))) !== undefined
}

function isWithin(path: string | undefined, dir: string): boolean {
  return path !== undefined && `${path}/`.startsWith(`${dir}/`)
}
