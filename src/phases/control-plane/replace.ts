import semver from 'semver'
import type { UpgradeRequest } from '../../cluster/request.ts'
import { endsRun, isKadmError, type KadmError, orUndefined } from '../../errors/kadm-error.ts'
import type { UpgradedPod } from '../../observe/cluster/upgraded-pods.ts'
import { parseStaticPod } from '../../observe/machine/static-pod.ts'
import { stoppingMember } from '../../ops/etcd-membership.ts'
import { etcdClientUrl } from '../../render/etcd.ts'
import type { ControlPlaneContext } from '../phase.ts'
import { waitForStaticPod } from '../static-pod-wait.ts'
import { renewalNames, renewNamed } from './renew-certificates.ts'
import { endSwap, putIn, takeOut } from '../static-pod-swap.ts'

type Ctx = ControlPlaneContext<UpgradeRequest>

/** Renews the certificates of a component, and replaces its static pod. */
export async function replacePod(ctx: Ctx, pod: UpgradedPod): Promise<void> {
  await renewFor(ctx, pod)
  await takeOut(ctx, [pod])
  await putIn(ctx, pod.component, pod.after)
  await orPutBack(ctx, [pod])
  await endSwap(ctx)
}

/**
 * Replaces etcd while kube-apiserver is stopped: without etcd it would accept connections and not answer, and the
 * kubelet would wait for it before it starts etcd. kube-apiserver starts with its new manifest as soon as etcd is
 * healthy.
 */
export async function replaceEtcd(ctx: Ctx, etcd: UpgradedPod, apiserver: UpgradedPod): Promise<void> {
  await renewFor(ctx, etcd)
  if (apiserver.before !== apiserver.after) await renewFor(ctx, apiserver)
  await stoppingMember(ctx, etcdClientUrl(ctx.node.advertiseAddress), async () => {
    await endDowngrade(ctx, etcd)
    await takeOut(ctx, [apiserver, etcd])
    await putIn(ctx, 'etcd', etcd.after)
    await orPutBack(ctx, [etcd, apiserver])
    await putIn(ctx, 'kube-apiserver', apiserver.after)
    await orPutBack(ctx, [apiserver])
    await endSwap(ctx)
  })
}

/** A rollback of some of the members leaves a downgrade enabled, which would keep the data in the earlier format. */
export async function endDowngrade(ctx: Ctx, { after }: UpgradedPod): Promise<void> {
  const wanted = semver.coerce(parseStaticPod(after)?.tag ?? '')
  const etcd = await ctx.etcd().catch(orUndefined)
  const status = await etcd?.status(etcdClientUrl(ctx.node.advertiseAddress)).catch(orUndefined)
  const downgrade = semver.coerce(status?.downgradesTo ?? '')
  if (wanted === null || downgrade === null || semver.gte(downgrade, `${wanted.major}.${wanted.minor}.0`)) return
  await etcd?.cancelDowngrade()
}

async function renewFor(ctx: Ctx, { component }: UpgradedPod): Promise<void> {
  if (ctx.request.certificateRenewal) await renewNamed(ctx, renewalNames(component, ctx.cluster.config))
}

/**
 * Waits for the first of these pods. If it does not become healthy, the earlier manifests of all of them are put back
 * in this order, and the failure is thrown with what became of them. A run that ended changes nothing more.
 */
async function orPutBack(ctx: Ctx, pods: readonly [UpgradedPod, ...UpgradedPod[]]): Promise<void> {
  const [{ component }] = pods
  try {
    await waitForStaticPod(ctx, component)
  } catch (failure) {
    if (!isKadmError(failure) || endsRun(failure)) throw failure
    ctx.report({ kind: 'warning', text: `${failure.message}; putting the earlier manifest back` })
    throw await putBack(ctx, pods, failure)
  }
}

async function putBack(ctx: Ctx, pods: readonly [UpgradedPod, ...UpgradedPod[]], failure: KadmError) {
  const problems = [...failure.problems]
  try {
    await takeOut(ctx, pods.slice(0, 1))
    for (const { component, before } of pods) {
      await putIn(ctx, component, before)
      await waitForStaticPod(ctx, component)
      problems.push({ message: `${component} runs with its earlier manifest again` })
    }
    await endSwap(ctx)
  } catch (error) {
    if (!isKadmError(error) || endsRun(error)) return error
    problems.push({ message: `it does not become healthy with the earlier manifest either: ${error.message}` })
  }
  return failure.with({ problems })
}
