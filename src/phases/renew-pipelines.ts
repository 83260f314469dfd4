import type { Role } from '../cluster/cluster.ts'
import type { RenewRequest } from '../cluster/request.ts'
import type { ReplaceRequest } from '../cluster/rotation.ts'
import { certsRenew, renewKubelet, renewKubeletFiles } from './certs-renew/index.ts'
import { reviveApi, reviveComponents, reviveEtcd, reviveNode, startKubelet } from './certs-revive/index.ts'
import { refreshCopies } from './kubeconfig-copies/index.ts'
import { type Stage, stage, type Target } from './phase.ts'
import { renewCertificates } from './pipelines.ts'
import { checkServed } from './restart-components/index.ts'
import {
  forgetCa,
  publishCas,
  reissueKubeconfigs,
  restartAllComponents,
  restartPods,
  rotateCaBundles,
  storeCas,
  trustCas,
} from './rotate-ca/index.ts'

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

/**
 * Replaces CAs that have expired, and everything that they signed, as a cluster is brought back in which certificates
 * have expired. Pods keep running until the cluster answers.
 */
export function replaceCas(targets: readonly Target<ReplaceRequest>[]): readonly Stage[] {
  const [controlPlanes, workers] = byRole(targets)
  const [first] = controlPlanes
  const every = controlPlanes.length
  const start = [startKubelet, restartAllComponents, reviveEtcd, reviveApi, reviveComponents, checkServed, reviveNode]
  return withNodes([
    stage({ id: 'replace-store', targets: controlPlanes, atOnce: every, rows: [storeCas] }),
    stage({
      id: 'replace-certificates',
      targets: controlPlanes,
      atOnce: every,
      rows: [reissueKubeconfigs, trustCas, certsRenew, renewKubeletFiles],
    }),
    stage({ id: 'replace-control-planes', targets: controlPlanes, atOnce: every, rows: start }),
    stage({
      id: 'replace-workers',
      targets: workers,
      atOnce: 10,
      rows: [reissueKubeconfigs, trustCas, renewKubeletFiles, startKubelet, reviveNode],
    }),
    stage({
      id: 'replace-cluster',
      targets: first === undefined ? [] : [first],
      atOnce: 1,
      rows: [publishCas, rotateCaBundles, restartPods],
    }),
    stage({ id: 'replace-end', targets, atOnce: targets.length, rows: [forgetCa] }),
  ])
}

function byRole<R extends RenewRequest>(targets: readonly Target<R>[]) {
  const of = (role: Role) => targets.filter(({ node }) => node.role === role)
  return [of('control-plane'), of('worker')] as const
}

function withNodes(stages: readonly Stage[]): readonly Stage[] {
  return stages.filter(({ nodes }) => nodes.length > 0)
}
