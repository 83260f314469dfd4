import { changingMembership } from '../../ops/etcd-membership.ts'
import { requireQuorumWithout } from '../../ops/etcd-quorum.ts'
import type { Phase } from '../phase.ts'
import { findMember, removalOf } from './target.ts'

/** Takes the node's member out of etcd; the quorum is looked at again, as a drain may have taken its time. */
export const removeMember: Phase = {
  id: 'node-remove/etcd-member',
  title: 'Remove the member of the node from etcd',
  async run(ctx) {
    const { name } = removalOf(ctx)
    if ((await findMember(ctx)) === undefined) return
    await changingMembership(ctx, async stillHeld => {
      const found = await findMember(ctx)
      if (found === undefined) return
      await requireQuorumWithout(found.etcd, found.member.id)
      const removed = async () => {
        stillHeld()
        return found.etcd.remove(found.member.id).then(() => true)
      }
      const timeoutMs = ctx.cluster.run.timeouts.etcdAPICall
      await ctx.until(`removing the member of ${name} from etcd`, removed, { timeoutMs, assume: true })
    })
  },
}
