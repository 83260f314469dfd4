import type { Lab } from '../test/lab/lab.ts'
import { labKubeadmConfig } from '../test/lab/oracle.ts'
import { type Scenario, succeed, type Tool } from './measure.ts'
import { command, freshNode, phasesOf } from './on-nodes.ts'

async function controlPlane(lab: Lab): Promise<void> {
  const { node } = await freshNode(lab, 'cp1')
  await node.writeFile('/root/init.yaml', labKubeadmConfig({ version: 'v1.37.2' }))
  await succeed(node, '/usr/bin/kubeadm init --config /root/init.yaml')
}

function renewal(
  about: Pick<Scenario, 'name' | 'title' | 'target' | 'targetMore'>,
  words: (tool: Tool) => string,
): Scenario {
  return {
    ...about,
    setUp: controlPlane,
    prepare: async (lab, tool) => ({
      run: async () => phasesOf(tool, await succeed(lab.node('cp1'), words(tool))),
    }),
  }
}

const onlyFiles = (tool: Tool) => command(tool, `certs renew all${tool === 'kadm' ? ' --no-restart' : ''}`)

export const renewScenarios: readonly Scenario[] = [
  renewal({ name: 'renew', title: 'Renewal of all certificates (RSA-2048), only the files', target: 1 }, onlyFiles),
  renewal(
    {
      name: 'renew-restart',
      title:
        'Renewal of all certificates: kubeadm without restarts, kadm with restarts and the check of what is served',
      targetMore: 10,
    },
    tool => command(tool, 'certs renew all'),
  ),
]
