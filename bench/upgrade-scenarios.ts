import { kadmBinds } from '../test/e2e/kadm.ts'
import { labKubeadmConfig, oracleKubeadm } from '../test/lab/oracle.ts'
import { type Scenario, succeed, type Tool } from './measure.ts'
import { command, ignore, phasesOf } from './on-nodes.ts'

const [old, target] = ['v1.36.3', 'v1.37.2'] as const

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
]
