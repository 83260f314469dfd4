import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Balancer } from '../../lab/balancer.ts'
import { type KubernetesVersion, type Lab, type LabNode, startLab } from '../../lab/lab.ts'
import { labKubeadmConfig } from '../../lab/oracle.ts'
import { answerHere, type Here, ignoring, kadmHere } from '../kadm.ts'

export interface BalancedCluster {
  readonly lab: Lab
  readonly here: Here
  readonly balancer: Balancer
  readonly node: (name: string) => LabNode
  /** `--host` for each of these nodes. */
  readonly hosts: (...names: readonly string[]) => readonly string[]
  readonly stop: () => Promise<void>
}

interface BalancedOptions {
  /** The name of the lab. */
  readonly name: string
  readonly version: KubernetesVersion
  /** The versions of the real kubeadms that the nodes have. */
  readonly versions: readonly KubernetesVersion[]
  /** The first of them is created by init. */
  readonly controlPlanes: readonly [string, ...string[]]
  readonly workers?: readonly string[]
}

/** Creates a cluster of several control planes behind a load balancer with kadm, over SSH. Its pods have no network yet. */
export async function startBalancedCluster(options: BalancedOptions): Promise<BalancedCluster> {
  const { name, version, versions, controlPlanes, workers = [] } = options
  const most = { controlPlanes: controlPlanes.length, workers: workers.length }
  const lab = await startLab({ name, most, versions })
  const node = (one: string) => lab.node(one)
  const hosts = (...names: readonly string[]) => names.flatMap(one => ['--host', node(one).ssh()])
  try {
    await lab.startNodes(...[...controlPlanes, ...workers].map(one => ({ name: one, kubernetes: version })))
    const here = await kadmHere(lab)
    const balancer = await lab.startBalancer(6443, controlPlanes.map(node))
    const config = join(here.home, 'init.yaml')
    await writeFile(config, labKubeadmConfig({ version, controlPlaneEndpoint: balancer.endpoint }))
    const [first, ...others] = controlPlanes
    await answerHere(here, ['init', ...hosts(first), '--config', config])
    const from = ['--from', node(first).ssh(), ...ignoring]
    await answerHere(here, ['join', '--control-plane', ...hosts(...others), ...from])
    if (workers.length > 0) await answerHere(here, ['join', ...hosts(...workers), ...from])
    const stop = async () => {
      await balancer.close()
      await lab.stop()
    }
    return { lab, here, balancer, node, hosts, stop }
  } catch (error) {
    await lab.stop()
    throw error
  }
}
