import { paths } from '../../cluster/paths.ts'
import type { PhaseContext } from '../phase.ts'

/** Removes the static pod of etcd and waits until it has ended. */
export async function stopEtcd(ctx: PhaseContext): Promise<void> {
  await ctx.host.remove(paths.manifest('etcd'))
  await etcdHasEnded(ctx)
}

/** Waits until no etcd of this node runs. Its manifest is already removed. */
export async function etcdHasEnded({ cri, until }: PhaseContext): Promise<void> {
  const runtime = await cri()
  await until(
    'the end of the etcd that runs here',
    async () => {
      const containers = await runtime.containers({ 'io.kubernetes.pod.namespace': 'kube-system' })
      return containers.some(({ name, state }) => name === 'etcd' && state === 'running') ? undefined : true
    },
    { timeoutMs: 60_000, intervalMs: 250, assume: true },
  )
}

/** Moves the data of another membership aside, so that etcd starts empty. The data may be the last copy. */
export async function setDataAside(ctx: PhaseContext, dataDir: string): Promise<void> {
  // Inside the data directory, which may be a file system of its own.
  const aside = `${dataDir}/member-before-${ctx.session.run}`
  await ctx.host.exec(['mv', `${dataDir}/member`, aside])
  const text = `${dataDir} held the data of another etcd member; it is in ${aside} now and can be removed`
  ctx.report({ kind: 'warning', text })
}
