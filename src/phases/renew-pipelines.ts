import type { Role } from '../cluster/cluster.ts'
import type { RenewRequest } from '../cluster/request.ts'
import { certsRenew, renewKubelet, renewKubeletFiles } from './certs-renew/index.ts'
import { reviveApi, reviveComponents, reviveEtcd, reviveNode, startKubelet } from './certs-revive/index.ts'
import { refreshCopies } from './kubeconfig-copies/index.ts'
import { type Stage, stage, type Target } from './phase.ts'
import { renewCertificates } from './pipelines.ts'
import { checkServed } from './restart-components/index.ts'

/** Renews certificates of control planes, one after another, then those of the kubelets of workers in parallel. */
export function renewNodes(targets: readonly Target<RenewRequest>[]): readonly Stage[] {
  const [controlPlanes, workers] = byRole(targets)
  return withNodes([
    ...renewCertificates(controlPlanes),
    stage({ id: 'certs-renew-workers', targets: workers, atOnce: 10, rows: [renewKubelet] }),
  ])
}

/**
 * Brings a cluster back in which certificates have expired and no API server is usable. All control planes get their
 * certificates before the first one starts anything: etcd needs several members with valid certificates.
 */
export function reviveCluster(targets: readonly Target<RenewRequest>[]): readonly Stage[] {
  const [controlPlanes, workers] = byRole(targets)
  const every = controlPlanes.length
  const start = [startKubelet, reviveEtcd, reviveApi, reviveComponents, checkServed, reviveNode]
  return withNodes([
    stage({
      id: 'revive-certificates',
      targets: controlPlanes,
      atOnce: every,
      rows: [certsRenew, refreshCopies, renewKubeletFiles],
    }),
    stage({ id: 'revive-control-planes', targets: controlPlanes, atOnce: every, rows: start }),
    stage({ id: 'revive-workers', targets: workers, atOnce: 10, rows: [renewKubeletFiles, startKubelet, reviveNode] }),
  ])
}

function byRole(targets: readonly Target<RenewRequest>[]) {
  const of = (role: Role) => targets.filter(({ node }) => node.role === role)
  return [of('control-plane'), of('worker')] as const
}

function withNodes(stages: readonly Stage[]): readonly Stage[] {
  return stages.filter(({ nodes }) => nodes.length > 0)
}
