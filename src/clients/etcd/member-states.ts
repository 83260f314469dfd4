import type { EtcdMemberState, MemberHealth } from '../../cluster/state.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import type { Etcd, EtcdMember } from './etcd.ts'

/**
 * Returns all members with their health, read in parallel. Throws the errors of `members`: without a quorum there is no
 * list.
 */
export async function readMemberStates(etcd: Etcd): Promise<readonly EtcdMemberState[]> {
  return readHealthOf(etcd, await etcd.members())
}

/** Returns the health of these members, with or without a quorum. */
export function readHealthOf(etcd: Etcd, members: readonly EtcdMember[]): Promise<readonly EtcdMemberState[]> {
  return Promise.all(members.map(async member => ({ ...member, health: await healthOf(etcd, member) })))
}

async function healthOf(etcd: Etcd, { name, clientUrls }: EtcdMember): Promise<MemberHealth> {
  const [endpoint] = clientUrls
  if (name === '' || endpoint === undefined) return { unhealthy: 'not started' }
  try {
    const { errors, version, dbSize } = await etcd.status(endpoint)
    return { version, dbSize, ...(errors.length === 0 ? {} : { unhealthy: errors.join('; ') }) }
  } catch (error) {
    if (!isKadmError(error, 'ETCD_UNREACHABLE')) throw error
    return { unhealthy: error.why ?? error.message }
  }
}
