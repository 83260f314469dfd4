import { kubeconfigFiles } from '../../cluster/node-files.ts'
import type { RotateRequest } from '../../cluster/rotation.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { reissueKubeconfig } from '../../ops/reissue.ts'
import type { NodePhase } from '../phase.ts'
import { clusterGoal, unless } from './goal.ts'

/** Writes CAs and client certificates into the kubeconfigs of a node. */
export const reissueKubeconfigs: NodePhase<RotateRequest> = {
  id: 'rotate-ca/kubeconfigs',
  title: 'Write the CAs and certificates of kubeconfigs',
  about: 'Writes the trusted CAs into the kubeconfigs of the node, and client certificates by the CA that signs.',
  kubeadm: 'none',
  skip: unless('ca'),
  async run(ctx) {
    const goal = clusterGoal(ctx.request)
    if (goal === undefined) return
    for (const path of kubeconfigFiles) {
      const text = await readText(ctx.host, path)
      if (text !== undefined) await reissueKubeconfig(ctx, goal, path, text)
    }
  },
}
