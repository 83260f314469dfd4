import { nameToRemove } from '../../clients/etcd/etcd.ts'
import type { Node } from '../../cluster/cluster.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { describeHealth, type MemberHealth } from '../../ops/etcd-quorum.ts'
import { etcdPeerUrl } from '../../render/etcd.ts'

/** A new member can fail to serve clients for 7 s. */
const graceMs = 10_000

/**
 * Returns a judge for successive health readings of etcd. The judge throws ETCD_UNREACHABLE while a voter outside the
 * joining hosts is unhealthy; the error is final after a longer time than a new member needs.
 */
export function withGrace(
  joining: readonly Pick<Node, 'advertiseAddress'>[],
  now: () => number = () => performance.now(),
): (all: readonly MemberHealth[]) => void {
  const own = new Set(joining.map(({ advertiseAddress }) => etcdPeerUrl(advertiseAddress)))
  let since = new Map<string, number>()
  return all => {
    const unhealthy = all.filter(
      ({ member, unhealthy }) =>
        unhealthy !== undefined && !member.learner && !member.peerUrls.some(url => own.has(url)),
    )
    since = new Map(unhealthy.map(({ member }) => [member.id, since.get(member.id) ?? now()]))
    if (unhealthy.length === 0) return
    const lost = unhealthy.filter(({ member }) => now() - (since.get(member.id) ?? now()) >= graceMs)
    throw unhealthyMembers(lost.length > 0 ? lost : unhealthy, lost.length > 0)
  }
}

function unhealthyMembers(members: readonly MemberHealth[], final: boolean): KadmError {
  const which = members.map(({ member }) => nameToRemove(member)).sort()
  const commands = which.map(name => `\`kadm node remove ${name} --host …\``).join(' and ')
  const it = members.length === 1 ? 'it' : 'them'
  return new KadmError(
    'ETCD_UNREACHABLE',
    `etcd adds members only while all voters are healthy: ${describeHealth(members)}`,
    {
      hint: `restore ${it}, or remove ${it} with ${commands} on a remaining control plane`,
      final,
    },
  )
}
