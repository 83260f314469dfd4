import type { Cluster, EtcdDirs, Node } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { isLoopbackUrl, type StaticPod } from '../machine/static-pod.ts'
import { type EtcdProcess, type HostEtcd, readLocalEtcd } from './local-etcd.ts'

/** The etcd member that belongs to a host, as far as the host shows it: nothing here is derived. */
export interface OwnEtcd extends Partial<EtcdDirs> {
  /** `https://10.0.0.1:2380`: how the membership knows it; empty where nothing on the host names it. */
  readonly peerUrls: readonly string[]
  /** What etcd was started as. */
  readonly name?: string
  /** `https://127.0.0.1:2379`: where only an etcd of this host answers. */
  readonly localUrl?: string
  /** `http://127.0.0.1:2381`: where it shows its state without a certificate. */
  readonly metricsUrl?: string
  /** Ids of its processes; empty when it does not run. */
  readonly pids: readonly number[]
  /** Another than the kubelet of this host runs it. */
  readonly byOther?: true
}

/** What was seen of a host's etcd before a reset began. */
export interface KnownEtcd {
  /** The directories that its member uses. */
  readonly etcdData?: EtcdDirs
  /** True when the configuration comes from the cluster, so that paths in it are those of this host. */
  readonly fromCluster?: boolean
}

/**
 * The member that kubeadm or kadm made here: by its static pod and by what runs; without them, on a control plane, by what
 * the cluster's configuration says. undefined on workers, and with an external etcd unless the kubelet of this host
 * runs it: other data of etcd that lies here is of others. Throws COMMAND_FAILED when the host does not list its
 * processes.
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

/** Where an etcd that runs as a member of this host keeps its data; undefined where none runs. */
export async function readUsedDirs(host: HostReader, cluster: Cluster): Promise<EtcdDirs | undefined> {
  const local = await readLocalEtcd(host)
  return usedDirs(
    host,
    local.running.filter(one => isOwn(one, cluster, local)),
  )
}

/** Etcd processes on the host that are not the member of its control plane. */
export async function readForeignEtcd(host: HostReader, cluster: Cluster): Promise<readonly EtcdProcess[]> {
  const local = await readLocalEtcd(host)
  return local.running.filter(one => !one.ofPod && !isOwn(one, cluster, local))
}

/**
 * What the kubelet runs with certificates is of a control plane: network plugins have one without. What others run is so
 * where it works with files that a reset removes.
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

/** By the static pod, else by what runs or ran when the reset began, else by the cluster. */
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

/** A directory of a process, when its path leads to the same one for the host: a container has paths of its own. */
async function seenOutside(host: HostReader, { pid, flags }: EtcdProcess, flag: string): Promise<string | undefined> {
  const dir = flags.get(flag)
  if (dir?.startsWith('/') !== true) return undefined
  return (await host.query(['test', dir, '-ef', `/proc/${pid}/root${dir}`])).code === 0 ? dir : undefined
}

/** kubeadm's sign of a control plane; keys and kubeconfigs may lie elsewhere, too. */
async function servesApi(host: HostReader): Promise<boolean> {
  return (await host.stat(paths.manifest('kube-apiserver'))) !== undefined
}

function isWithin(path: string | undefined, dir: string): boolean {
  return path !== undefined && `${path}/`.startsWith(`${dir}/`)
}
