import { watchOver } from '../../observe/start/watch-start.ts'
import { markNode } from '../../ops/mark-node.ts'
import type { ControlPlanePhase } from '../phase.ts'

/** Sets labels and taints through any API server of the cluster: that of this node is still starting. */
export const joinMarkControlPlane: ControlPlanePhase = {
  id: 'control-plane-join/mark-control-plane',
  title: 'Label and taint the node as control plane',
  about: 'Sets the labels and taints of the Node.',
  flags: ['control-plane', 'node-name'],
  needs: ['name'],
  familyFlags: ['apiserver-advertise-address', 'patches'],
  role: 'control-plane',
  run: ctx => markNode({ ...ctx, kube: as => ctx.kube(as, 'cluster') }, ctx.node, watchOver(ctx, [])),
}
