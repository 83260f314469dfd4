import { httpProbe } from '../clients/http-probe.ts'
import { type KubernetesComponent, components, type StaticPodComponent } from '../cluster/components.ts'
import type { Timeouts } from '../cluster/spec.ts'
import { askHealth, type HealthAnswer, healthProbe } from '../observe/cluster/api-health.ts'
import { componentUrl } from '../observe/machine/component-url.ts'
import { etcdHealthUrl } from '../observe/machine/etcd-health-url.ts'
import { readStaticPod, type StaticPod } from '../observe/machine/static-pod.ts'
import { watchOver } from '../observe/start/watch-start.ts'
import type { ControlPlaneContext } from './phase.ts'

interface Condition {
  /** A further condition for every try. */
  readonly started?: () => Promise<boolean>
  /** False if the component cannot become healthy: its health is not asked. */
  readonly health?: boolean
  /** The timeout. Default: `controlPlaneComponentHealthCheck`. */
  readonly within?: keyof Timeouts
}

/**
 * Waits until a static pod of the control plane reports that it is ready. While it does not, searches for the cause and
 * throws COMPONENT_FAILED. A component without a manifest is not waited for.
 */
export async function untilHealthy(
  ctx: ControlPlaneContext,
  component: StaticPodComponent,
  { started = async () => true, health = true, within = 'controlPlaneComponentHealthCheck' }: Condition = {},
): Promise<void> {
  const pod = await readStaticPod(ctx.host, component)
  if (pod === undefined) return
  const watch = watchOver(ctx, [component])
  const { healthy, said } = healthProbe(component, () => askComponent(ctx, component, pod))
  const ready = health ? healthy : async () => true as const
  const probe = async () => ((await started()) ? ready() : undefined)
  await ctx.until(`${health ? 'a healthy' : 'a new container of'} ${component}`, watch.over(probe), {
    timeoutMs: ctx.request.timeouts[within],
    field: within,
    states: async () => [...said(), ...(await watch.states())],
    intervalMs: 100,
    assume: true,
  })
}

async function askComponent(
  ctx: ControlPlaneContext,
  component: StaticPodComponent,
  pod: StaticPod,
): Promise<HealthAnswer> {
  if (component === 'etcd') {
    const url = etcdHealthUrl(pod)
    return url === undefined ? { status: 200, body: 'not served' } : httpProbe(ctx.host, url)
  }
  const answer = await ctx.probe(componentUrl(pod, component), readyPath(component))
  const refused = answer.status === 401 || answer.status === 403
  // An API server without anonymous authentication reports its health only to a user.
  return refused && component === 'kube-apiserver' ? askHealth(await ctx.kube('admin'), '/readyz') : answer
}

function readyPath(component: KubernetesComponent): string {
  return component === 'kube-apiserver' ? '/readyz' : components[component].health
}
