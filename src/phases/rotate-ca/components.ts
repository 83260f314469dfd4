import type { CriContainer } from '../../clients/cri/cri.ts'
import type { StaticPodComponent } from '../../cluster/components.ts'
import { pairOf } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import type { CaGoal, RotateRequest } from '../../cluster/rotation.ts'
import { runningContainers } from '../../observe/machine/running-containers.ts'
import { manifestsApplied } from '../../observe/start/held-back.ts'
import { readKubeletPods } from '../../observe/start/kubelet-pods.ts'
import { watchOver } from '../../observe/start/watch-start.ts'
import { untilHealthy } from '../component-health.ts'
import type { ControlPlaneContext, ControlPlanePhase } from '../phase.ts'
import { restartStaticPod } from '../restart-component.ts'

/**
 * The files that a component reads only when it starts. kube-apiserver reads its client certificate for kubelets again
 * after at most five minutes, which is too late for what follows.
 */
function readAtStart(
  dir: string,
  goals: readonly CaGoal[],
): readonly (readonly [StaticPodComponent, readonly string[]])[] {
  const conf = (name: string) => `${paths.kubernetesDir}/${name}`
  const ca = pairOf(dir, 'ca').certificate
  const etcdCa = pairOf(dir, 'etcd-ca').certificate
  const rotates = (name: CaGoal['ca']) => goals.some(goal => goal.ca === name)
  const kubeletClient = pairOf(dir, 'apiserver-kubelet-client').certificate
  return [
    ...(rotates('etcd-ca') ? [['etcd', [etcdCa]] as const] : []),
    ['kube-apiserver', [...(rotates('etcd-ca') ? [etcdCa] : []), ...(rotates('ca') ? [kubeletClient] : [])]],
    ...(rotates('ca')
      ? [
          ['kube-controller-manager', [conf('controller-manager.conf'), ca]] as const,
          ['kube-scheduler', [conf('scheduler.conf')]] as const,
        ]
      : []),
  ]
}

/** Restarts each component that started before the files it reads at its start, one after another. */
export const restartOlderComponents: ControlPlanePhase<RotateRequest> = {
  id: 'rotate-ca/components',
  title: 'Restart components that use an earlier CA',
  about: 'Restarts the static pods that started before a file changed that they read only when they start.',
  kubeadm: 'none',
  role: 'control-plane',
  async run(ctx) {
    const { certificatesDir } = ctx.cluster.config
    for (const [component, files] of readAtStart(certificatesDir, ctx.request.goals)) {
      await afterManifest(ctx, component)
      if (await isOlder(ctx, component, files)) await restartStaticPod(ctx, component)
      else await untilHealthy(ctx, component)
    }
  },
}

/**
 * Restarts all components that started before the CAs that they read at their start, without a wait for each: none of
 * them works before all control planes have the new CAs.
 */
export const restartAllComponents: ControlPlanePhase<RotateRequest> = {
  id: 'rotate-ca/restart-all',
  title: 'Restart the components that use an earlier CA',
  about: 'Restarts the static pods that started before a CA was replaced, all at once.',
  kubeadm: 'none',
  role: 'control-plane',
  needs: ['criSocket', 'name'],
  async run(ctx) {
    const cri = await ctx.cri()
    const older = readAtStart(ctx.cluster.config.certificatesDir, ctx.request.goals).map(async ([name, files]) => {
      const running = await runningContainer(ctx, name)
      if (running === undefined || !(await isOlder(ctx, name, files))) return
      ctx.report({ kind: 'progress', text: `restarting ${name}` })
      await cri.restartContainer(running)
    })
    await Promise.all(older)
  },
}

/** Waits until the kubelet runs the component with its current manifest. */
async function afterManifest(ctx: ControlPlaneContext<RotateRequest>, component: StaticPodComponent): Promise<void> {
  const { host, node } = ctx
  const report = async () => readKubeletPods(await ctx.kube('admin'), node.name, [component])
  const probe = async () => {
    const look = { host, cri: await ctx.cri(), nodeName: node.name, components: [component], report }
    if ((await runningContainer(ctx, component)) === undefined) return undefined
    return (await manifestsApplied(look)) ? true : undefined
  }
  const watch = watchOver(ctx, [component])
  await ctx.until(`the kubelet to run ${component} with its manifest`, watch.over(probe), {
    timeoutMs: ctx.request.timeouts.controlPlaneComponentHealthCheck,
    field: 'controlPlaneComponentHealthCheck',
    states: watch.states,
    intervalMs: 500,
    assume: true,
  })
}

/** True if the container of the component that runs started before a file was written. */
async function isOlder(
  ctx: ControlPlaneContext<RotateRequest>,
  component: StaticPodComponent,
  files: readonly string[],
): Promise<boolean> {
  const [running, stats] = await Promise.all([
    runningContainer(ctx, component),
    Promise.all(files.map(path => ctx.host.stat(path))),
  ])
  if (running === undefined) return false
  return stats.some(stat => stat !== undefined && stat.mtime > running.createdAt)
}

async function runningContainer(
  ctx: ControlPlaneContext<RotateRequest>,
  component: StaticPodComponent,
): Promise<CriContainer | undefined> {
  return (await runningContainers(await ctx.cri(), component))[0]
}
