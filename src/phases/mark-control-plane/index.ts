import { watchOver } from '../../observe/start/watch-start.ts'
import { markNode } from '../../ops/mark-node.ts'
import type { Phase } from '../phase.ts'

/** Labels and taints of a control plane. */
export const markControlPlane: Phase = {
  id: 'mark-control-plane',
  title: 'Label and taint the node as control plane',
  about: 'Sets the labels and taints of the Node.',
  flags: ['node-name'],
  needs: ['name'],
  run: ctx => markNode(ctx, ctx.node, watchOver(ctx, [])),
}
