import { labKubeadmConfig } from '../test/lab/oracle.ts'
import { type Scenario, succeed, type Tool } from './measure.ts'
import { freshNode, onNode } from './on-nodes.ts'

/** Runs a command on a control plane that kubeadm created. */
function onControlPlane(
  about: Pick<Scenario, 'name' | 'title' | 'target' | 'targetMore' | 'floor'>,
  command: (tool: Tool) => string,
): Scenario {
  return {
    ...about,
    async setUp(lab) {
      const { node } = await freshNode(lab, 'cp1')
      await node.writeFile('/root/init.yaml', labKubeadmConfig({ version: 'v1.37.2' }))
      await succeed(node, '/usr/bin/kubeadm init --config /root/init.yaml')
    },
    prepare: async (lab, tool) => ({ run: async () => void (await succeed(lab.node('cp1'), command(tool))) }),
  }
}

const check = 'certs check-expiration'

/** Certificates of a running control plane. */
export const certsScenarios: readonly Scenario[] = [
  onControlPlane(
    {
      name: 'check',
      title: '`certs check-expiration` of one control plane; kadm with `--no-served`',
      target: 1,
      floor:
        'half of the time is the start of the program; then it verifies every chain and key, which kubeadm does not',
    },
    tool => (tool === 'kadm' ? `${onNode.kadm} ${check} --no-served` : `${onNode.kubeadm} ${check}`),
  ),
  onControlPlane(
    {
      name: 'check-served',
      title:
        '`kadm certs check-expiration` with `--no-served` (in place of kubeadm), and with what all servers present',
      targetMore: 0.5,
    },
    tool => `${onNode.kadm} ${check}${tool === 'kadm' ? '' : ' --no-served'}`,
  ),
]
