import { type StaticPodComponent, staticPodComponents } from '../../cluster/components.ts'
import { paths } from '../../cluster/paths.ts'
import { readKubeletPods } from '../../observe/start/kubelet-pods.ts'
import { closedApiServer } from '../closed-api-server.ts'
import { administrator, type Ctx } from './administrator.ts'

/**
 * Waits until a restarted kubelet runs the static pods of its control plane, and keeps them. A kubelet of another minor
 * version starts all their containers again within seconds, because it computes other hashes for them: the next control
 * plane must not be stopped meanwhile. The kubelet reports a pod before it replaces its container, so that the containers
 * have to stay the same for `steadyMs` milliseconds.
 */
export async function untilSettled(ctx: Ctx, steadyMs = 4000): Promise<void> {
  if (ctx.node.role !== 'control-plane') return
  const { host, node, request, until } = ctx
  const stats = await Promise.all(staticPodComponents.map(component => host.stat(paths.manifest(component))))
  const components = staticPodComponents.filter((_, i) => stats[i] !== undefined)
  let known: string | undefined
  let since = 0
  const hasten = await closedApiServer(ctx)
  const probe = async () => {
    await hasten()
    const found = await readyContainers(ctx, components)
    if (found === undefined || found !== known) {
      known = found
      since = performance.now()
      return undefined
    }
    return performance.now() - since >= steadyMs ? (true as const) : undefined
  }
  await until(`the static pods of ${node.name} to run with the new kubelet`, probe, {
    timeoutMs: request.timeouts.controlPlaneComponentHealthCheck,
    field: 'controlPlaneComponentHealthCheck',
    intervalMs: 250,
    assume: true,
  })
}

/**
 * Returns the IDs of the running containers if all are ready; undefined if one is not, or runs without the kubelet
 * reporting it. A kubelet that cannot be asked through the API server counts as ready while that server is.
 */
async function readyContainers(ctx: Ctx, components: readonly StaticPodComponent[]): Promise<string | undefined> {
  const [kube, cri] = await Promise.all([administrator(ctx).kube('admin'), ctx.cri()])
  const [reported, ready, containers] = await Promise.all([
    readKubeletPods(kube, ctx.node.name, components),
    kube.probe('/readyz'),
    cri.containers({ 'io.kubernetes.pod.namespace': 'kube-system' }),
  ])
  if (ready.status !== 200) return undefined
  const running = new Map(containers.filter(({ state }) => state === 'running').map(({ name, id }) => [name, id]))
  const ids = components.map(component => {
    const id = running.get(component)
    const pod = reported?.find(one => one.component === component)
    return reported === undefined || pod?.ready === id ? id : undefined
  })
  return ids.includes(undefined) ? undefined : ids.join(' ')
}
