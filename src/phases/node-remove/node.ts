import { nodeRef } from '../../clients/kube/kube.ts'
import { withApi } from '../../ops/api.ts'
import type { Phase } from '../phase.ts'
import { findNode, removalOf } from './target.ts'

/** Deletes the Node; the cluster then removes the Pods that were still on it. */
export const deleteNode: Phase = {
  id: 'node-remove/node',
  title: 'Delete the Node',
  async run(ctx) {
    const { name } = removalOf(ctx)
    if ((await findNode(ctx)) === undefined) return
    await withApi(ctx, `deleting the Node ${name}`, kube => kube.remove(nodeRef(name)))
  },
}
