import { rotationsDir } from '../../cluster/rotation.ts'
import { type SaRequest, saRotationFiles } from '../../cluster/sa-rotation.ts'
import type { ControlPlanePhase } from '../phase.ts'

export const saForget: ControlPlanePhase<SaRequest> = {
  id: 'rotate-sa/forget',
  title: 'Remove the keys of the rotation',
  about: 'Removes the directory with both keys when the rotation ends.',
  kubeadm: 'none',
  role: 'control-plane',
  needs: [],
  skip: ({ request }) => (request.goal.lasts ? 'the rotation continues' : undefined),
  async run({ cluster, host }) {
    const { dir } = saRotationFiles(cluster.config.certificatesDir)
    if ((await host.stat(dir)) !== undefined) await host.remove(dir)
    const all = rotationsDir(cluster.config.certificatesDir)
    if ((await host.stat(all)) !== undefined && (await host.list(all)).length === 0) await host.remove(all)
  },
}
