import { type RotateRequest, rotationDir, rotationsDir } from '../../cluster/rotation.ts'
import { paths } from '../../cluster/paths.ts'
import type { NodePhase } from '../phase.ts'
import { unlessLast } from './goal.ts'

/**
 * Overwrites and removes every copy of a key, which comes on stdin: files with exactly its content in the directories of
 * the arguments. A copy on write file system may keep the overwritten blocks.
 */
const destroyScript = `
set -eu
wanted=$(sha256sum | cut -d' ' -f1)
for dir; do
  [ -d "$dir" ] || continue
  find "$dir" -xdev -type f -size -64k -exec sha256sum -b -- {} + | while IFS= read -r line; do
    case $line in "$wanted "*) file=\${line#*"*"}; shred -u -- "$file" 2>/dev/null || rm -f -- "$file" ;; esac
  done
done`

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
      if (other.key !== undefined) await host.exec(['sh', '-c', destroyScript, 'sh', ...places], { stdin: other.key })
      if (node.role === 'control-plane') await host.remove(rotationDir(certificatesDir, ca))
    }
    if ((await host.list(dir)).length === 0) await host.remove(dir)
  },
}
