import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Here, kadmBinds, kadmHere } from '../test/e2e/kadm.ts'
import { untilReady } from '../test/e2e/observe.ts'
import { binaries, old, provideKubelet, target } from '../test/e2e/old-cluster.ts'
import type { Lab, LabNode } from '../test/lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../test/lab/oracle.ts'
import { type Scenario, succeed, type Tool } from './measure.ts'
import { command, ignore, ignoring, phasesOf, succeedHere } from './on-nodes.ts'

const words = (tool: Tool) =>
  tool === 'kadm'
    ? command(tool, `upgrade apply ${target} -y ${ignore}`)
    : `${oracleKubeadm(target)} upgrade apply ${target} -y ${ignore}`

export const upgradeScenarios: readonly Scenario[] = [
  {
    name: 'upgrade-apply',
    title: `Upgrade of one control plane from ${old} to ${target}`,
    target: 0.4,
    async prepare(lab, tool, run) {
      const node = await lab.startNode({ name: `up-${tool}-${run}`, kubernetes: old, binds: kadmBinds })
      await node.writeFile('/root/init.yaml', labKubeadmConfig({ version: old }))
      await succeed(node, `${oracleKubeadm(old)} init --config /root/init.yaml`)
      await lab.connectPods(node)
      return { run: async () => phasesOf(tool, await succeed(node, words(tool))), tearDown: () => node.stop() }
    },
  },
  {
    name: 'upgrade-cluster',
    title: `Upgrade of three control planes and two workers with their kubelets: kadm over SSH, kubeadm on one node after another`,
    target: 0.4,
    async prepare(lab, tool) {
      const here = await makeCluster(lab)
      return {
        run: () => (tool === 'kadm' ? upgradeByKadm(lab, here) : upgradeByKubeadm(lab)),
        tearDown: async () => {
          for (const name of names) await lab.stopNode(name)
        },
      }
    },
  },
]

const controlPlanes = ['cp1', 'cp2', 'cp3'] as const
const names = [...controlPlanes, 'w1', 'w2']

/** A cluster of the earlier version, and the new kubelet in a directory of each node. */
async function makeCluster(lab: Lab): Promise<Here> {
  const nodes = await lab.startNodes(...names.map(name => ({ name, kubernetes: old, binds: kadmBinds })))
  const here = await kadmHere(lab)
  const hosts = (...chosen: readonly string[]) => chosen.flatMap(name => ['--host', lab.node(name).ssh()])
  const first = lab.node('cp1')
  const config = join(here.home, 'init.yaml')
  await writeFile(config, labKubeadmConfig({ version: old, controlPlaneEndpoint: `${first.address}:6443` }))
  await succeedHere(here, ['init', ...hosts('cp1'), '--config', config])
  const from = ['--from', first.ssh(), ...ignoring]
  await succeedHere(here, ['join', '--control-plane', ...hosts('cp2', 'cp3'), ...from])
  await succeedHere(here, ['join', ...hosts('w1', 'w2'), ...from])
  await provideKubelet(nodes, target)
  await lab.connectPods(first)
  await untilReady(first, names)
  return here
}

async function upgradeByKadm(lab: Lab, here: Here) {
  const hosts = names.flatMap(name => ['--host', lab.node(name).ssh()])
  const args = ['upgrade', 'cluster', target, '-y', '--binaries', binaries, ...hosts, ...ignoring]
  return phasesOf('kadm', await succeedHere(here, args))
}

/** As the documentation of Kubernetes has it, one node after another. */
async function upgradeByKubeadm(lab: Lab): Promise<undefined> {
  for (const name of names) {
    const node = lab.node(name)
    const upgrade = name === 'cp1' ? `apply ${target} -y` : 'node'
    await succeed(node, `${oracleKubeadm(target)} upgrade ${upgrade} ${ignore}`)
    await newKubelet(lab.node('cp1'), node)
  }
  return undefined
}

async function newKubelet(controlPlane: LabNode, node: LabNode): Promise<void> {
  const kubectl = 'kubectl --kubeconfig /etc/kubernetes/admin.conf'
  await succeed(controlPlane, `${kubectl} drain ${node.name} --ignore-daemonsets --delete-emptydir-data`)
  const replace = `cp ${binaries}/kubelet /usr/bin/kubelet.new && mv /usr/bin/kubelet.new /usr/bin/kubelet`
  await succeed(node, `${replace} && systemctl daemon-reload && systemctl restart kubelet`)
  const version = `--for=jsonpath={.status.nodeInfo.kubeletVersion}=${target}`
  await succeed(controlPlane, `${kubectl} wait ${version} node/${node.name} --timeout=120s`)
  await succeed(controlPlane, `${kubectl} wait --for=condition=Ready node/${node.name} --timeout=120s`)
  await succeed(controlPlane, `${kubectl} uncordon ${node.name}`)
}
