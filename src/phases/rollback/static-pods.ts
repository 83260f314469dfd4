import { isDeepStrictEqual } from 'node:util'
import { kubernetesComponents, type StaticPodComponent } from '../../cluster/components.ts'
import { paths } from '../../cluster/paths.ts'
import type { RollbackRequest } from '../../cluster/request.ts'
import { backupPath } from '../../cluster/upgrade-record.ts'
import { stoppingMember } from '../../ops/etcd-membership.ts'
import { etcdClientUrl } from '../../render/etcd.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { isTextFault, readYaml } from '../../yaml/read.ts'
import type { ControlPlaneContext, ControlPlanePhase } from '../phase.ts'
import { endSwap, putIn, type TakenPod, takeOut } from '../static-pod-swap.ts'
import { waitForStaticPod } from '../static-pod-wait.ts'
import { prepareDowngrade } from './downgrade.ts'
import { isRestored, restoreEtcd, restoreMs } from './restore-etcd.ts'

type Ctx = ControlPlaneContext<RollbackRequest>

/** The reverse order of the upgrade. etcd and kube-apiserver go back together, as they came. */
const groups: readonly (readonly StaticPodComponent[])[] = [
  ['kube-scheduler'],
  ['kube-controller-manager'],
  ['kube-apiserver', 'etcd'],
]

/** The static pods as they were before the upgrade. */
export const restoreStaticPods: ControlPlanePhase<RollbackRequest> = {
  id: 'rollback/static-pods',
  title: 'Restore the static pods',
  about: 'Restores the manifests of the static pods from the backup, in the reverse order of the upgrade.',
  kubeadm: 'none',
  role: 'control-plane',
  needs: ['criSocket', 'name', 'advertiseAddress'],
  async run(ctx) {
    for (const group of groups) await restoreGroup(ctx, group)
    for (const component of kubernetesComponents) await waitForStaticPod(ctx, component)
  },
}

interface Restored extends TakenPod {
  readonly after: string
}

/** etcd is restored only together with kube-apiserver, which does not answer without it. */
async function restoreGroup(ctx: Ctx, group: readonly StaticPodComponent[]): Promise<void> {
  const found = await Promise.all(group.map(component => readRestored(ctx, component)))
  const pods = found.flatMap(pod => pod ?? [])
  const etcd = pods.find(({ component }) => component === 'etcd')
  const restores = etcd !== undefined && ctx.request.restoreSnapshot && !(await isRestored(ctx, etcd.after))
  const etcdChanges = etcd !== undefined && (restores || !samePod(etcd))
  const leaving = etcdChanges ? pods : pods.filter(pod => pod.component !== 'etcd' && !samePod(pod))
  if (leaving.length === 0) return
  if (!etcdChanges) return exchangePods(ctx, leaving, undefined)
  await stoppingMember(ctx, etcdClientUrl(ctx.node.advertiseAddress), async () => {
    // The snapshot has the earlier format.
    if (!restores) await prepareDowngrade(ctx, etcd.after)
    await exchangePods(ctx, leaving, restores ? etcd.after : undefined)
  })
}

/** Replaces pods one after another; `restored` is the manifest of an etcd whose snapshot is restored meanwhile. */
async function exchangePods(ctx: Ctx, leaving: readonly Restored[], restored: string | undefined): Promise<void> {
  // A manifest that an interrupted run took out has no earlier text.
  const taken = leaving.map(({ component, before, after }) => ({ component, before: before || after }))
  await (restored === undefined ? takeOut(ctx, taken) : takeOut(ctx, taken, 2 * restoreMs))
  if (restored !== undefined) await restoreEtcd(ctx, restored)
  for (const { component, after } of leaving.toReversed()) {
    await putIn(ctx, component, after)
    await waitForStaticPod(ctx, component)
  }
  await endSwap(ctx)
}

/** Returns the manifest of a component in the backup, and the one that is in place; the former alone if it is missing. */
async function readRestored({ host, request }: Ctx, component: StaticPodComponent): Promise<Restored | undefined> {
  const path = paths.manifest(component)
  const [before, after] = await Promise.all([readText(host, path), readText(host, backupPath(request.run, path))])
  return after === undefined ? undefined : { component, before: before ?? '', after }
}

function samePod({ before, after }: Restored): boolean {
  const [old, now] = [readYaml(before), readYaml(after)]
  return !isTextFault(old) && !isTextFault(now) && isDeepStrictEqual(old.value, now.value)
}
