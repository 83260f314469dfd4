import type { StaticPodComponent } from '../../cluster/components.ts'
import type { RenewRequest } from '../../cluster/request.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import { findOutdated } from '../../observe/cluster/outdated-components.ts'
import { untilHealthy } from '../component-health.ts'
import type { ControlPlaneContext, ControlPlanePhase } from '../phase.ts'
import { restartStaticPod } from '../restart-component.ts'

const needs = ['criSocket', 'name', 'advertiseAddress'] as const

/** Every member waits here for the others: etcd needs a quorum. */
export const reviveEtcd: ControlPlanePhase<RenewRequest> = {
  id: 'certs-revive/etcd',
  title: 'Wait for etcd',
  about: 'Waits until etcd has a quorum again; skipped with an external etcd.',
  kubeadm: 'none',
  role: 'control-plane',
  needs,
  skip: ({ cluster }) => (cluster.config.etcd.external === undefined ? undefined : 'etcd is external'),
  run: ctx =>
    bringUp(ctx, 'etcd').catch(error => {
      if (!isKadmError(error, 'TIMEOUT')) throw error
      throw error.with({ hint: 'name every control plane with --host: etcd needs more than half of its members' })
    }),
}

export const reviveApi: ControlPlanePhase<RenewRequest> = {
  id: 'certs-revive/kube-apiserver',
  title: 'Wait for the API server',
  about: 'Waits until kube-apiserver is healthy.',
  kubeadm: 'none',
  role: 'control-plane',
  needs,
  run: ctx => bringUp(ctx, 'kube-apiserver'),
}

export const reviveComponents: ControlPlanePhase<RenewRequest> = {
  id: 'certs-revive/components',
  title: 'Restart the controller-manager and the scheduler',
  about:
    'Restarts kube-controller-manager and kube-scheduler if they use an old certificate; waits until they are healthy.',
  kubeadm: 'none',
  role: 'control-plane',
  needs,
  async run(ctx) {
    await Promise.all((['kube-controller-manager', 'kube-scheduler'] as const).map(name => bringUp(ctx, name)))
  },
}

/** etcd and kube-apiserver read their certificates again. The two others read their kubeconfigs only when they start. */
async function bringUp(ctx: ControlPlaneContext<RenewRequest>, component: StaticPodComponent): Promise<void> {
  const outdated = await findOutdated(ctx.host, ctx.cri, component)
  if (outdated.some(({ how }) => how === 'uses')) return restartStaticPod(ctx, component)
  await untilHealthy(ctx, component)
}
