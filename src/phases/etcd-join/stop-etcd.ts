import { paths } from '../../cluster/paths.ts'
import type { PhaseContext } from '../phase.ts'

/** Takes this node's etcd away, and waits until nothing of it runs. */
export async function stopEtcd(ctx: PhaseContext): Promise<void> {
  await ctx.host.remove(paths.manifest('etcd'))
  await etcdHasEnded(ctx)
}

/** Waits until nothing of this node's etcd runs, once its manifest is away. */
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

/** Puts the data of another membership out of the way; etcd starts with nothing. It is kept: it may be the last copy. */
export async function setDataAside(ctx: PhaseContext, dataDir: string): Promise<void> {
  // Inside the directory, which may be a file system of its own.
  const aside = `${dataDir}/member-before-${ctx.session.run}`
  await ctx.host.exec(['mv', `${dataDir}/member`, aside])
  const text = `${dataDir} held the data of another etcd member; it is in ${aside} now and can be removed`
  ctx.report({ kind: 'warning', text })
}
