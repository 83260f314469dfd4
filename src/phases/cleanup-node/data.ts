import { copyAside } from '../../ops/copy-aside.ts'
import { emptyDir } from '../../ops/empty-dir.ts'
import type { PhaseContext } from '../phase.ts'

/** Removes the data of this machine's own etcd member, which stands still by now; a copy is taken first when asked for. */
export async function removeData(ctx: PhaseContext, dataDir: string): Promise<void> {
  const dir = ctx.cluster.run.reset?.backupDir
  if (dir !== undefined) {
    const folder = `${dir}/${ctx.session.run}`
    const copied = await copyAside(ctx.host, folder, [dataDir])
    if (copied.length > 0) ctx.report({ kind: 'result', key: 'backup', value: folder })
  }
  await emptyDir(ctx.host, dataDir)
}
