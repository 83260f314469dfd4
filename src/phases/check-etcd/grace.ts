import { nameToRemove } from '../../clients/etcd/etcd.ts'
import type { LocalEndpoint } from '../../cluster/cluster.ts'
import type { EtcdMemberState } from '../../cluster/state.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { describeHealth } from '../../ops/etcd-quorum.ts'
import { etcdPeerUrl } from '../../render/etcd.ts'

/** A new member can fail to serve clients for 7 s. */
const graceMs = 10_000

/**
 * Returns a judge for successive health readings of etcd. The judge throws ETCD_UNREACHABLE while a voter outside the
 * joining hosts is unhealthy; the error is final after a longer time than a new member needs.
 */
export function withGrace(
  joining: readonly Pick<LocalEndpoint, 'advertiseAddress'>[],
  now: () => number = () => performance.now(),
): (all: readonly EtcdMemberState[]) => void {
  const own = new Set(joining.map(({ advertiseAddress }) => etcdPeerUrl(advertiseAddress)))
  let since = new Map<string, number>()
  return all => {
    const unhealthy = all.filter(
      ({ health, learner, peerUrls }) =>
        health?.unhealthy !== undefined && !learner && !peerUrls.some(url => own.has(url)),
    )
    since = new Map(unhealthy.map(({ id }) => [id, since.get(id) ?? now()]))
    if (unhealthy.length === 0) return
    const lost = unhealthy.filter(({ id }) => now() - (since.get(id) ?? now()) >= graceMs)
    throw unhealthyMembers(lost.length > 0 ? lost : unhealthy, lost.length > 0)
  }
}

function unhealthyMembers(members: readonly EtcdMemberState[], final: boolean): KadmError {
  const which = members.map(nameToRemove).sort()
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
