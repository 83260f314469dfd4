import { type KubernetesVersion, type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'
import { type Here, kadmHere } from './kadm.ts'
import { kubectl, untilReady } from './observe.ts'

/** The versions of most upgrades. */
export const [old, target] = ['v1.36.3', 'v1.37.2'] as const

export interface OldClusterOptions {
  /** The name of the lab. */
  readonly name: string
  readonly workers?: 0 | 1
  /** The version that kubeadm creates. */
  readonly version?: KubernetesVersion
  /** The versions of the real kubeadms that the nodes have. */
  readonly versions?: readonly KubernetesVersion[]
  /** Pods run on the control plane, too, so that each node takes those of the other while it is drained. */
  readonly untainted?: boolean
  /** Prepares the control plane before it is created. */
  readonly before?: (cp: LabNode) => Promise<void>
}

export interface OldCluster {
  readonly lab: Lab
  readonly here: Here
  readonly cp: LabNode
  /** The control plane and the workers. */
  readonly nodes: readonly LabNode[]
}

/** Creates a cluster of an earlier version with the real kubeadm: `cp1`, and `w1` if it has a worker. */
export async function startOldCluster(options: OldClusterOptions): Promise<OldCluster> {
  const { name, workers = 0, version = old, versions = [old, target] } = options
  const lab = await startLab({ name, most: { controlPlanes: 1, workers }, versions })
  try {
    return await fill(lab, { ...options, workers, version })
  } catch (error) {
    await lab.stop()
    throw error
  }
}

type Filled = OldClusterOptions & Required<Pick<OldClusterOptions, 'workers' | 'version'>>

async function fill(lab: Lab, { workers, version, untainted, before }: Filled): Promise<OldCluster> {
  const here = await kadmHere(lab)
  const names = ['cp1', 'w1'].slice(0, 1 + workers)
  const nodes = await lab.startNodes(...names.map(one => ({ name: one, kubernetes: version })))
  const [cp, ...others] = nodes as [LabNode, ...LabNode[]]
  await before?.(cp)
  const kubeadm = oracleKubeadm(version)
  // Not every image of an earlier version is in the lab.
  const config = { version, advertiseAddress: cp.address, ignorePreflightErrors: ['ImagePull'] }
  await cp.writeFile('/root/init.yaml', labKubeadmConfig(config))
  await cp.run([kubeadm, 'init', '--config', '/root/init.yaml'], { timeoutMs: 280_000 })
  for (const worker of others) {
    const { stdout } = await cp.run([kubeadm, 'token', 'create', '--print-join-command'])
    const join = stdout.trim().replace(/^kubeadm/, kubeadm)
    await worker.run(`${join} --ignore-preflight-errors=all`, { timeoutMs: 280_000 })
  }
  await lab.connectPods(cp)
  if (untainted) await kubectl(cp, 'taint nodes cp1 node-role.kubernetes.io/control-plane-')
  await untilReady(cp, names)
  return { lab, here, cp, nodes }
}

/** The directory for the kubelets of --binaries. */
export const binaries = '/srv/kubernetes'

/** Copies the kubelet of a version, with its checksum, to a directory of each node. */
export async function provideKubelet(
  nodes: readonly LabNode[],
  version: KubernetesVersion,
  dir = binaries,
): Promise<void> {
  const copy = `mkdir -p ${dir} && cd ${dir} && cp ${oracleKubeadm(version)} kubelet && sha256sum kubelet > SHA256SUMS`
  await Promise.all(nodes.map(node => node.run(copy)))
}

/** The tags in the manifests of a control plane, in the order of their files: etcd first. */
export async function tagsOf(cp: LabNode): Promise<readonly string[]> {
  const { stdout } = await cp.run("sed -n 's/^ *image: .*://p' /etc/kubernetes/manifests/*.yaml")
  return stdout.trim().split('\n')
}
