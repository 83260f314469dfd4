import type { Kube } from '../../clients/kube/kube.ts'
import { podRef } from '../../clients/kube/kube.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { RotateRequest } from '../../cluster/rotation.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import { readStalePods, type StalePod } from '../../observe/cluster/api-pods.ts'
import type { ControlPlaneContext, ControlPlanePhase } from '../phase.ts'
import { clusterGoal, unless } from './goal.ts'

/** How long one pod may take to be evicted and replaced, in milliseconds. */
const podMs = 300_000

/** Lists the pods that have to start again, or restarts them one at a time, as their disruption budgets allow. */
export const restartPods: ControlPlanePhase<RotateRequest> = {
  id: 'rotate-ca/pods',
  title: 'Restart pods that use the API',
  about: 'With `--restart-pods`, evicts the pods that use the API and started before the CAs changed; else lists them.',
  kubeadm: 'none',
  role: 'control-plane',
  // A pod that trusts both CAs has to trust nothing else until one of them is removed.
  skip: ({ request }) =>
    clusterGoal(request)?.step === 'reissue' ? 'both CAs are trusted' : unless('ca')({ request }),
  async run(ctx) {
    const { cluster, request } = ctx
    const kube = await ctx.kube('admin')
    const stale = await readStalePods(kube, cluster.config.certificatesDir)
    if (request.restartPods && stale.length > 0) await untilNextSecond(ctx)
    for (const pod of stale) {
      const name = `${pod.namespace}/${pod.name}`
      if (request.restartPods && pod.controller !== undefined) await replace(ctx, kube, pod, pod.controller)
      else ctx.report({ kind: 'result', key: 'podToRestart', value: name })
    }
  },
}

/** Times in the API are whole seconds: a pod that starts in the second of a change may have read what was before. */
async function untilNextSecond({ host, until }: ControlPlaneContext<RotateRequest>): Promise<void> {
  const secondsOn = async () => Number((await host.query(['date', '+%s'])).stdout)
  const since = await secondsOn()
  const passed = async () => ((await secondsOn()) > since + 1 ? true : undefined)
  await until('the next second', passed, { timeoutMs: 10_000, intervalMs: 250, assume: true })
}

/** Evicts a pod, and waits until its controller has as many ready pods as before. */
async function replace(
  ctx: ControlPlaneContext<RotateRequest>,
  kube: Kube,
  pod: StalePod,
  controller: string,
): Promise<void> {
  const name = `${pod.namespace}/${pod.name}`
  const before = await readyPods(kube, pod.namespace, controller)
  ctx.report({ kind: 'progress', text: `restarting the pod ${name}` })
  let held: string | undefined
  const evicted = async () => {
    try {
      await kube.evict(pod)
      return true
    } catch (error) {
      if (!isKadmError(error, 'API_REFUSED')) throw error
      held = error.message
      return undefined
    }
  }
  const limits = { timeoutMs: podMs, intervalMs: 1000, assume: true } as const
  await ctx.until(`the eviction of the pod ${name}`, evicted, { ...limits, states: async () => (held ? [held] : []) })
  const replaced = async () => {
    const found = await kube.get(podRef(pod))
    if (found !== undefined && found.metadata.uid === pod.uid) return undefined
    return (await readyPods(kube, pod.namespace, controller)) >= before ? true : undefined
  }
  await ctx.until(`the pod that replaces ${name}`, replaced, limits)
}

async function readyPods(kube: Kube, namespace: string, controller: string): Promise<number> {
  const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod', namespace })
  return pods.filter(pod => isOf(pod, controller) && isReady(pod)).length
}

function isOf({ metadata: { ownerReferences } }: KubeObject, controller: string): boolean {
  const owners = (ownerReferences ?? []) as unknown as readonly { readonly uid: string }[]
  return owners.some(({ uid }) => uid === controller)
}

function isReady({ metadata, status }: KubeObject): boolean {
  const { conditions = [] } = (status ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
  const ready = conditions.some(one => one.type === 'Ready' && one.status === 'True')
  return ready && metadata.deletionTimestamp === undefined
}
