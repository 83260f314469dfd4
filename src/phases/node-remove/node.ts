import { nodeRef } from '../../clients/kube/kube.ts'
import type { RemoveRequest } from '../../cluster/request.ts'
import { withApi } from '../../ops/api.ts'
import type { Phase } from '../phase.ts'
import { findNode } from './target.ts'

/** Deletes the Node. The cluster then removes the pods that were still on it. */
export const deleteNode: Phase<RemoveRequest> = {
  id: 'node-remove/node',
  title: 'Delete the Node',
  about: 'Deletes the Node.',
  kubeadm: 'none',
  async run(ctx) {
    const { name } = ctx.request
    if ((await findNode(ctx)) === undefined) return
    await withApi(ctx, `deleting the Node ${name}`, kube => kube.remove(nodeRef(name)))
    ctx.report({ kind: 'result', key: 'deletedNode', value: name })
  },
}
