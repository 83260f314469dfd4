import ipaddr from 'ipaddr.js'
import { isIPv6, splitCidrs } from '../../cluster/cidr.ts'
import type { Cluster, ControlPlaneNode, Node } from '../../cluster/cluster.ts'
import { components, kubeletPorts, staticPodComponents } from '../../cluster/components.ts'
import { given } from '../../cluster/given.ts'
import { paths } from '../../cluster/paths.ts'
import type { Discovered } from '../../cluster/session.ts'
import { kubeletConf } from '../../observe/left/left-files.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { alreadyJoined } from './already-joined.ts'
import { caRotationAtSource } from './ca-rotation.ts'
import { leftCertificates, ownCertificates } from './certificates.ts'
import { cgroupDriver } from './cgroup-driver.ts'
import type { Check } from './check.ts'
import { clockSkew } from './clock-skew.ts'
import { clusterNetworks } from './cluster-networks.ts'
import { clusterSettings } from './cluster-settings.ts'
import { controlPlaneEndpoint } from './control-plane-endpoint.ts'
import { criPluginDisabled } from './cri-plugin.ts'
import { etcdDiskLatency } from './disk-latency.ts'
import { duplicateAddress } from './duplicate-address.ts'
import { duplicateHostname, duplicateMachineId, duplicateProductUuid } from './duplicates.ts'
import { etcdData } from './etcd-data.ts'
import { externalEtcdFile, externalEtcdVersion } from './external-etcd.ts'
import { dirAvailable, fileAvailable, settingOn } from './files.ts'
import { kubeletNodeName } from './kubelet-node-name.ts'
import { cpus, hostname, kubernetesVersion, memory, program } from './machine.ts'
import { mtu } from './mtu.ts'
import { httpProxy, httpProxyCidr } from './network.ts'
import { ipForward, ipv6Forwarding } from './node-facts.ts'
import { addressOf } from './peers.ts'
import { portReachable } from './port-reachable.ts'
import { extraPorts, port } from './ports.ts'
import { cri, runtimeVersion } from './runtime.ts'
import { firewalld, kubeletService, kubeletVersion } from './services.ts'
import { duplicateStaticPod } from './static-pod-duplicates.ts'
import { swap } from './swap.ts'
import { systemVerification } from './system.ts'

/** The commands that run checks: the init of a first control plane, and joins of workers and control planes. */
export type CheckedBy = 'init' | 'worker' | 'control plane'

/** What decides which checks a node runs. */
export interface AskedNode {
  readonly by: CheckedBy
  readonly cluster: Cluster
  readonly node: Node
  /** The path of the cluster CA on a worker. */
  readonly caCertPath: string
  /** Absent for init, and for a host that is checked without a cluster. */
  readonly discovered?: Discovered
  /** True if the run copies the files that control planes share, including those of an external etcd. */
  readonly filesCome: boolean
  /** True for `kadm preflight`, which only runs the checks. */
  readonly alone: boolean
}

/** One row: a check, or several checks of one kind, and the commands that run it. */
export interface CheckRow {
  /** The name in docs/preflight.md: `-P` stands for a path, `-N` for a port. */
  readonly name: string
  readonly askedBy: readonly CheckedBy[]
  readonly checks: (asked: AskedNode) => readonly Check[]
  /** What the check needs from the cluster. If the cluster does not answer, the check is skipped. */
  readonly judgedBy?: 'configuration' | 'nodes'
  /** True if its errors cannot be ignored. */
  readonly standing?: true
}

const all: readonly CheckedBy[] = ['init', 'worker', 'control plane']
const joins: readonly CheckedBy[] = ['worker', 'control plane']
const controlPlanes: readonly CheckedBy[] = ['init', 'control plane']

function row(
  name: string,
  askedBy: readonly CheckedBy[],
  checks: CheckRow['checks'] | Check,
  more: Pick<CheckRow, 'judgedBy' | 'standing'> = {},
): CheckRow {
  if (typeof checks === 'function') return { name, askedBy, checks, ...more }
  return { name, askedBy, checks: () => [checks], ...given({ standing: checks.standing }), ...more }
}

const configuration = { judgedBy: 'configuration' } as const
const nodes = { judgedBy: 'nodes' } as const

/**
 * The checks of kubeadm, in its order for init. IsPrivilegedUser comes before them and ImagePull after them. As in
 * kubeadm, a joining control plane runs the checks of any joining node, then those of a control plane.
 */
export const kubeadmRows: readonly CheckRow[] = [
  row('FileAvailable-P', joins, () => [kubeletConf, paths.bootstrapKubeconfig].map(fileAvailable)),
  row('NumCPU', controlPlanes, cpus),
  row('Mem', controlPlanes, memory),
  row('KubernetesVersion', controlPlanes, kubernetesVersion, configuration),
  row(
    'Firewalld',
    controlPlanes,
    onControlPlane(node => [firewalld(node.bindPort)]),
  ),
  row(
    'Port-N',
    controlPlanes,
    onControlPlane(node => controlPlanePorts(node).map(port)),
  ),
  row('FileAvailable-P', controlPlanes, () => staticPodComponents.map(paths.manifest).map(fileAvailable)),
  row(
    'HTTPProxy',
    controlPlanes,
    onControlPlane(node => [httpProxy(node.advertiseAddress)]),
  ),
  row('HTTPProxyCIDR', controlPlanes, ({ cluster }) => subnets(cluster).map(httpProxyCidr), configuration),
  row('CRI', all, cri),
  row('ContainerRuntimeVersion', all, runtimeVersion),
  row('Swap', all, swap, configuration),
  row('FileExisting-P', all, () => [program('losetup'), program('mount'), program('cp')]),
  row('SystemVerification', all, systemVerification),
  row('Hostname', all, hostname),
  row('KubeletVersion', all, ({ by }) => [kubeletVersion(by === 'init' ? 'older and newer' : 'older')], configuration),
  row('Service-kubelet', all, kubeletService),
  row('Port-N', all, () => [port(kubeletPorts.api)]),
  row('FileAvailable-P', ['worker'], ({ caCertPath }) => [fileAvailable(caCertPath)]),
  row('HTTPProxy', joins, asked => tokenEndpoint(asked).map(httpProxy)),
  row('FileContent-P', all, asked => forwarding(asked).map(settingOn)),
  row('ExternalEtcdVersion', ['init'], ({ cluster: { config } }) =>
    config.etcd.external === undefined ? [] : [externalEtcdVersion(config.etcd.external)],
  ),
  row('Port-N', controlPlanes, asked => (localEtcd(asked) === undefined ? [] : components.etcd.ports.map(port))),
  row('DirAvailable-P', controlPlanes, asked => dataDirs(asked).map(dirAvailable)),
  row('ExternalEtcdClientCertificates', controlPlanes, asked => externalEtcdFiles(asked).map(externalEtcdFile)),
]

/** Checks that kubeadm does not have: the set-up of the runtime, and whether the hosts of a cluster fit together. */
export const kadmRows: readonly CheckRow[] = [
  row('Port-N', all, ({ cluster, node }) => extraPorts(cluster, node)),
  row('AlreadyJoined', all, alreadyJoined),
  row('CARotation', ['control plane'], caRotationAtSource),
  row('CRIPluginDisabled', all, criPluginDisabled),
  row('CgroupDriver', all, cgroupDriver, configuration),
  row('DuplicateStaticPod', all, duplicateStaticPod),
  row('KubeletNodeName', all, kubeletNodeName),
  row('ClockSkew', all, clockSkew, nodes),
  row('DuplicateHostname', all, duplicateHostname, nodes),
  row('DuplicateMachineID', all, duplicateMachineId, nodes),
  row('DuplicateProductUUID', all, duplicateProductUuid, nodes),
  row('DuplicateAddress', all, duplicateAddress, nodes),
  row('ClusterNetworks', all, clusterNetworks, configuration),
  row('MTU', all, mtu, nodes),
  row('PortReachable', all, portReachable),
  row('ControlPlaneEndpoint', ['control plane'], controlPlaneEndpoint, configuration),
  row('Certificates', ['init'], leftCertificates, configuration),
  row('Certificates', ['control plane'], ({ filesCome }) => (filesCome ? [] : [ownCertificates]), {
    ...configuration,
    ...given({ standing: ownCertificates.standing }),
  }),
  row('EtcdData', ['init'], etcdData),
  row('ClusterSettings', ['init'], clusterSettings),
  row(
    'EtcdDiskLatency',
    controlPlanes,
    asked => (asked.alone ? dataDirs(asked).map(etcdDiskLatency) : []),
    configuration,
  ),
]

/** Returns the checks of one node in order: kubeadm's, then kadm's own. */
export function checksOf(asked: AskedNode): readonly Check[] {
  const further = kadmRows.filter(({ askedBy }) => askedBy.includes(asked.by))
  return [...kubeadmChecksOf(asked), ...further.flatMap(({ checks }) => checks(asked))]
}

export function kubeadmChecksOf(asked: AskedNode): readonly Check[] {
  const own = kubeadmRows.filter(({ askedBy }) => askedBy.includes(asked.by))
  const ofAnyJoin = asked.by === 'control plane' ? own.filter(({ askedBy }) => askedBy.includes('worker')) : []
  return [...ofAnyJoin, ...own.filter(one => !ofAnyJoin.includes(one))].flatMap(({ checks }) => checks(asked))
}

function onControlPlane(checks: (node: ControlPlaneNode) => readonly Check[]): CheckRow['checks'] {
  return ({ node }) => (node.role === 'worker' ? [] : checks(node))
}

function controlPlanePorts({ bindPort }: ControlPlaneNode): readonly number[] {
  return [bindPort, ...components['kube-scheduler'].ports, ...components['kube-controller-manager'].ports]
}

function localEtcd({ cluster }: AskedNode) {
  return cluster.config.etcd.local
}

function dataDirs(asked: AskedNode): readonly string[] {
  const local = localEtcd(asked)
  return local === undefined ? [] : [local.dataDir]
}

/** Returns the files with which the API server connects to an external etcd, unless the run copies them. */
function externalEtcdFiles({ by, cluster, filesCome }: AskedNode): readonly string[] {
  const { external } = cluster.config.etcd
  if (by === 'control plane' && filesCome) return []
  const files = [external?.caFile, external?.certFile, external?.keyFile]
  return files.flatMap(file => (file === undefined || file === '' ? [] : [file]))
}

/** Returns the CIDRs of services, then of pods. */
function subnets({ config }: Cluster): readonly string[] {
  const { serviceSubnet, podSubnet = '' } = config.networking
  return [...splitCidrs(serviceSubnet), ...splitCidrs(podSubnet)]
}

/** As in kubeadm, only for nodes that join by token, not for those with other credentials. */
function tokenEndpoint({ discovered }: AskedNode): readonly string[] {
  if (discovered === undefined) return []
  if (parseKubeconfig(discovered.bootstrapKubeconfig.reveal()).token === undefined) return []
  return [new URL(discovered.server).hostname.replace(/^\[|\]$/g, '')]
}

/**
 * Returns the kernel settings that enable forwarding for the address families in use. A join only knows the family of
 * the API server.
 */
function forwarding(asked: AskedNode): readonly string[] {
  const { by, cluster, node, discovered } = asked
  const own = by === 'init' && node.role !== 'worker' ? node.advertiseAddress : (addressOf(node) ?? '')
  const nets = subnets(cluster).map(cidr => cidr.split('/')[0] ?? '')
  const addresses = discovered === undefined ? [...nets, own] : tokenEndpoint(asked)
  return [
    ...(addresses.some(address => ipaddr.IPv4.isValid(address)) ? [ipForward] : []),
    ...(addresses.some(isIPv6) ? [ipv6Forwarding] : []),
  ]
}
