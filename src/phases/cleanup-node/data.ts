import type { ResetRequest } from '../../cluster/request.ts'
import { copyAside } from '../../ops/copy-aside.ts'
import { emptyDir, removeFiles } from '../../ops/empty-dir.ts'
import type { PhaseContext } from '../phase.ts'

/** Files of etcd's write-ahead log. An etcd that finds them without its data does not start. */
const ofLog = /\.(wal|tmp|broken)$/

/** Removes the data of this host's etcd member, which has stopped. Makes a backup first if requested. */
export async function removeData(ctx: PhaseContext<ResetRequest>, dataDir: string, walDir?: string): Promise<void> {
  const dir = ctx.request.backupDir
  const all = walDir === undefined ? [dataDir] : [dataDir, walDir]
  if (dir !== undefined) {
    const folder = `${dir}/${ctx.session.run}`
    const copied = await copyAside(ctx.host, folder, all)
    if (copied.length > 0) ctx.report({ kind: 'result', key: 'backup', value: folder })
  }
  if (walDir !== undefined) {
    const log = (await ctx.host.list(walDir)).filter(name => ofLog.test(name))
    await removeFiles(
      ctx.host,
      log.map(name => `${walDir}/${name}`),
    )
  }
  await emptyDir(ctx.host, dataDir)
}
