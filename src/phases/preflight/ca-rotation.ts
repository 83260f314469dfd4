import { allCas } from '../../cluster/node-files.ts'
import { rotationDir } from '../../cluster/rotation.ts'
import type { HostReader } from '../../host/host.ts'
import type { PhaseContext } from '../phase.ts'
import { type Check, failure } from './check.ts'

/** A control plane of the cluster, if one can be asked. */
type Pick = (ctx: PhaseContext) => HostReader | undefined

/**
 * Checks that no CA of the cluster is being rotated: joins and upgrades of control planes write the flags that a rotation
 * changes. A rotation of service account keys changes none.
 */
const caRotation = (pick: Pick): Check => ({
  name: 'CARotation',
  async run({ ctx }) {
    const asked = pick(ctx)
    const dirs = allCas.map(ca => rotationDir(ctx.cluster.config.certificatesDir, ca))
    const stats = await Promise.all(dirs.map(dir => asked?.stat(dir)))
    const dir = dirs.find((_, i) => stats[i] !== undefined)
    if (dir === undefined) return []
    const remedy =
      'complete it with `kadm certs rotate-ca reissue` and `kadm certs rotate-ca distrust`, or go back with `kadm certs rotate-ca rollback`, with all hosts of the cluster'
    return [failure(`a rotation of CAs is in progress: ${dir} exists on ${asked?.name}`, remedy)]
  },
})

/** Asks the control plane that a join reads from. */
export const caRotationAtSource = caRotation(({ source }) => source)

/** Asks the node itself. */
export const caRotationHere = caRotation(({ host }) => host)
