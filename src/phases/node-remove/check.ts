import { internalIps } from '../../clients/kube/node.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { RemoveRequest } from '../../cluster/request.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { requireQuorumWithout } from '../../ops/etcd-quorum.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { findMember, findNode, findUnmatchedMember, unstartedMembers } from './target.ts'

/** Runs before anything is changed, so that a drain is not followed by a refusal. */
export const checkRemoval: Phase<RemoveRequest> = {
  id: 'node-remove/check',
  title: 'Check that etcd keeps a quorum without the node',
  about:
    "Fails when etcd would lose its quorum without the node, and names the members and their health; also fails when a member that may be the node's has the name of no Node.",
  kubeadm: 'none',
  async run(ctx) {
    const { name } = ctx.request
    const [found, node] = await Promise.all([findMember(ctx), findNode(ctx)])
    // The address of the host, which need not resolve the name of the Node.
    const [address] = node === undefined ? [] : internalIps(node)
    if (address !== undefined) ctx.report({ kind: 'result', key: 'address', value: address })
    if (found === undefined && node === undefined) {
      ctx.report({ kind: 'warning', text: notKnown(name, await unstartedMembers(ctx)) })
    }
    if (found === undefined) {
      if (node !== undefined) await settleLoose(ctx, node)
      return
    }
    if (found.others === 0) {
      throw new KadmError('ETCD_REFUSED', `${name} has the only voting etcd member: removing it destroys the cluster`, {
        hint: `to delete the cluster, run \`kadm reset --host …\` for ${name}; otherwise add a control plane node first`,
      })
    }
    await requireQuorumWithout(found.etcd, found.member.id)
  },
}

/**
 * Ignores a member of another Node. Throws ETCD_REFUSED for a member of no Node: if it belongs to this one, its vote
 * would stay in etcd.
 */
async function settleLoose(ctx: PhaseContext<RemoveRequest>, node: KubeObject): Promise<void> {
  const { name } = node.metadata
  const loose = await findUnmatchedMember(ctx, node)
  if (loose === undefined) return
  const { member, kind } = loose
  const urls = member.peerUrls.join(', ')
  if (kind === 'heir') {
    const text = `the member ${member.name} of etcd has an address of the Node ${name} (${urls}), but the name of another Node: it stays in etcd`
    return ctx.report({ kind: 'warning', text })
  }
  const why =
    kind === 'atAddress' ? `it has an address of that Node, but another name` : 'no Node has its name or address'
  const message = `whether the member ${member.name} of etcd (${urls}) is that of ${name} cannot be known: ${why}`
  throw new KadmError('ETCD_REFUSED', message, {
    hint: `if it is, run \`kadm node remove ${member.name} --host …\`, which takes it out of etcd, then remove ${name} again; if it is another host's, delete the Node alone with \`kubectl delete node ${name}\``,
  })
}

function notKnown(name: string, unstarted: readonly string[]): string {
  const text = `the cluster has no Node ${name}, and etcd has no member with this name`
  if (unstarted.length === 0) return text
  const commands = unstarted.map(address => `\`kadm node remove ${address}\``).join(', ')
  return `${text}; a member that never started has none, and goes by its address: ${commands}`
}
