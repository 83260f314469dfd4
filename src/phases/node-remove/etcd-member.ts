import type { RemoveRequest } from '../../cluster/request.ts'
import { removeMember } from '../../ops/etcd-membership.ts'
import type { Phase } from '../phase.ts'
import { findMember } from './target.ts'

/** Removes the node's member from etcd. Checks the quorum again, because a drain can take long. */
export const removeMemberOfNode: Phase<RemoveRequest> = {
  id: 'node-remove/etcd-member',
  title: 'Remove the etcd member of the node',
  about: "Removes the node's member from etcd, also a learner.",
  kubeadm: 'none',
  async run(ctx) {
    if ((await findMember(ctx)) !== undefined) await removeMember(ctx, () => findMember(ctx))
  },
}
