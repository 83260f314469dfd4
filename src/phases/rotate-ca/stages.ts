import type { Role } from '../../cluster/cluster.ts'
import type { RotateRequest } from '../../cluster/rotation.ts'
import { type Row, type Stage, stage, type Target } from '../phase.ts'
import {
  forgetCa,
  pointControllerManager,
  proveRotation,
  publishCas,
  reissueCertificates,
  reissueKubeconfigs,
  restartOlderComponents,
  restartPods,
  rotateCaBundles,
  rotateKubelet,
  storeCas,
  trustCas,
} from './index.ts'

/** In this order, whatever a component reads when it starts is complete before it starts. */
const rotateRows: readonly Row<RotateRequest>[] = [
  storeCas,
  reissueKubeconfigs,
  reissueCertificates,
  trustCas,
  pointControllerManager,
  restartOlderComponents,
  rotateKubelet,
]

/**
 * Brings the nodes of a cluster to the goals of one step of a CA rotation: control planes one after another, then
 * workers. Destroys nothing before the cluster is verified.
 */
export function rotateCas(targets: readonly Target<RotateRequest>[]): readonly Stage[] {
  const of = (role: Role) => targets.filter(({ node }) => node.role === role)
  const [first] = of('control-plane')
  const step = first?.request.goals[0]?.step ?? 'prepare'
  const stages: readonly Stage[] = [
    stage({ id: `${step}-control-planes`, targets: of('control-plane'), atOnce: 1, rows: rotateRows }),
    stage({ id: `${step}-workers`, targets: of('worker'), atOnce: 3, rows: rotateRows }),
    stage({
      id: `${step}-cluster`,
      targets: first === undefined ? [] : [first],
      atOnce: 1,
      rows: [publishCas, rotateCaBundles, restartPods],
    }),
    stage({ id: `${step}-verify`, targets, atOnce: targets.length, rows: [proveRotation] }),
    stage({ id: `${step}-end`, targets, atOnce: targets.length, rows: [forgetCa] }),
  ]
  return stages.filter(({ nodes }) => nodes.length > 0)
}
