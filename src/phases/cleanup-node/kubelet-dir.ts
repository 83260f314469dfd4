import { paths } from '../../cluster/paths.ts'
import { realDir } from '../../host/real-dir.ts'
import { emptyDir } from '../../ops/empty-dir.ts'
import { unmountBelow } from '../../ops/unmount.ts'
import type { PhaseContext } from '../phase.ts'

/** Unmounts the volumes of the pods, then empties the kubelet's directory, to which a link may lead. */
export async function cleanKubeletDir({ host, cluster }: PhaseContext): Promise<void> {
  const dir = await realDir(host, paths.kubeletDir)
  if (dir === undefined) return
  await unmountBelow(host, dir, cluster.run.reset?.unmountFlags ?? [])
  await emptyDir(host, dir)
}
