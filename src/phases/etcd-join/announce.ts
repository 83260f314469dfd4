import { type Etcd, type EtcdMember, nameToRemove, showMemberId } from '../../clients/etcd/etcd.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'

type Added = Awaited<ReturnType<Etcd['addLearner']>>

/**
 * Adds a member as a learner. etcd allows one learner at a time. If there is another one, the error names it and how to
 * remove it, because its host may be gone and only etcd knows about it.
 */
export async function announce(
  etcd: Etcd,
  { name, peerUrl }: { readonly name: string; readonly peerUrl: string },
): Promise<Added> {
  try {
    return await etcd.addLearner(peerUrl, name)
  } catch (error) {
    if (!isKadmError(error) || error.reason !== 'too-many-learners') throw error
    const inTheWay = (await etcd.members()).filter(({ learner }) => learner)
    if (inTheWay.length === 0) throw error
    throw inTheWayOf(peerUrl, inTheWay, error)
  }
}

function inTheWayOf(peerUrl: string, learners: readonly EtcdMember[], cause: KadmError): KadmError {
  const shown = learners.map(member => {
    const urls = member.peerUrls.join(', ')
    const id = showMemberId(member.id)
    return member.name === '' ? `member ${id} at ${urls}, which never started` : `${member.name} (${id}) at ${urls}`
  })
  const commands = learners.map(member => `\`kadm node remove ${nameToRemove(member)} --host …\``)
  return new KadmError('ETCD_REFUSED', `etcd cannot add ${peerUrl} while another learner exists: ${shown.join('; ')}`, {
    hint: `join that host again if it still exists; otherwise run ${commands.join(' and ')} on a remaining control plane`,
    cause,
  })
}
