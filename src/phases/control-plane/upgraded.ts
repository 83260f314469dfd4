import type { UpgradeRequest } from '../../cluster/request.ts'
import { upgradedPods } from '../../observe/cluster/upgraded-pods.ts'
import { ensureFile } from '../../ops/ensure-file.ts'
import type { ControlPlanePhase } from '../phase.ts'

/** The static pods of the target version at once, for a diff. An upgrade writes the same texts one after another. */
export const upgradedManifests: ControlPlanePhase<UpgradeRequest> = {
  id: 'control-plane',
  title: 'Write the static pods of the target version',
  about: 'Writes the static pods of the target version.',
  role: 'control-plane',
  needs: [],
  async run({ host, cluster, node, request }) {
    const changed = (await upgradedPods(host, { cluster, node, request })).filter(
      ({ before, after }) => before !== after,
    )
    await Promise.all(changed.map(({ path, after }) => ensureFile(host, { path, content: after, mode: 0o600 })))
  },
}
