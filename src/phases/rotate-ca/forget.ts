import { type RotateRequest, rotationDir, rotationsDir } from '../../cluster/rotation.ts'
import { paths } from '../../cluster/paths.ts'
import { destroyCopies } from '../../ops/destroy-copies.ts'
import type { NodePhase } from '../phase.ts'
import { unlessLast } from './goal.ts'

/** Ends a rotation: destroys the key of the CA that is not trusted any more, and the directory of the rotation. */
export const forgetCa: NodePhase<RotateRequest> = {
  id: 'rotate-ca/forget',
  title: 'Destroy the key of the CA that is not trusted',
  about:
    'Destroys every copy of the key in the certificates directory, in backups of kadm and kubeadm, and ends the rotation.',
  kubeadm: 'none',
  skip: unlessLast,
  async run({ cluster, host, node, request }) {
    const { certificatesDir } = cluster.config
    const dir = rotationsDir(certificatesDir)
    const places = [dir, '/var/lib/kadm/before', `${paths.kubernetesDir}/tmp`]
    for (const { other, ca } of request.goals) {
      if (other.key !== undefined) await destroyCopies(host, places, other.key)
      if (node.role === 'control-plane') await host.remove(rotationDir(certificatesDir, ca))
    }
    if ((await host.list(dir)).length === 0) await host.remove(dir)
  },
}
