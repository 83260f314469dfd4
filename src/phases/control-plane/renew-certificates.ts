import type { StaticPodComponent } from '../../cluster/components.ts'
import type { RenewableName } from '../../cluster/renewable-names.ts'
import type { UpgradeRequest } from '../../cluster/request.ts'
import type { ClusterConfiguration } from '../../cluster/spec.ts'
import { readRenewalInputs } from '../../observe/pki/renewal-inputs.ts'
import { renew } from '../../ops/renew.ts'
import { renewables } from '../../pki/renewable.ts'
import type { ControlPlaneContext } from '../phase.ts'

const namesOf: Readonly<Record<StaticPodComponent, readonly RenewableName[]>> = {
  etcd: ['etcd-server', 'etcd-peer', 'etcd-healthcheck-client'],
  'kube-apiserver': ['apiserver', 'apiserver-kubelet-client', 'front-proxy-client', 'apiserver-etcd-client'],
  'kube-controller-manager': ['controller-manager.conf'],
  'kube-scheduler': ['scheduler.conf'],
}

/** Returns the certificates that an upgrade renews together with a component. */
export function renewalNames(component: StaticPodComponent, { etcd }: ClusterConfiguration): readonly RenewableName[] {
  return namesOf[component].filter(name => etcd.external === undefined || name !== 'apiserver-etcd-client')
}

/** Renews certificates by name. One whose CA is external, or that does not exist, stays as it is. */
export async function renewNamed(
  ctx: ControlPlaneContext<UpgradeRequest>,
  names: readonly RenewableName[],
): Promise<void> {
  for (const renewable of renewables.filter(({ name }) => (names as readonly string[]).includes(name))) {
    const { outcome } = await renew(ctx, renewable, await readRenewalInputs(ctx, renewable))
    if (outcome !== 'external') continue
    const text = `${renewable.name} cannot be renewed: the key of its CA is not on this host`
    ctx.report({ kind: 'warning', text })
  }
}
