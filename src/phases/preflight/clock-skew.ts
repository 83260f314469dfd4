import type { ClockReading, Node } from '../../cluster/cluster.ts'
import { type Check, comparedWith, type Finding, failure, warning } from './check.ts'
import { type Peer, peersOf } from './peers.ts'

const second = 1000
const minute = 60 * second

/** etcd warns about more than a second between its members; an API server rejects tokens issued a minute ahead. */
const betweenNodes: Limits = { warnMs: second, failMs: 30 * second }
/** Certificates of kadm are valid from five minutes before its own clock. */
const toOperator: Limits = { warnMs: minute, failMs: 4 * minute }

interface Limits {
  readonly warnMs: number
  readonly failMs: number
}

/** Compares the clocks of the run's hosts with each other, and with the clock of the host that kadm runs on. */
export const clockSkew: Check = {
  name: 'ClockSkew',
  run: ({ ctx }) => {
    const peers = peersOf(ctx)
    const known = clocksOf(peers).length
    const compared = { what: 'time', own: ctx.node.facts.clock, peers: peers.length, known }
    return comparedWith(compared, judgeClocks(ctx.node, peers))
  },
}

export function judgeClocks({ name, facts }: Pick<Node, 'name' | 'facts'>, peers: readonly Peer[]): readonly Finding[] {
  const own = facts.clock
  if (own === undefined) return []
  const kadm = { aheadMs: 0, accuracyMs: 0 }
  const middle = middleOf([{ name, clock: own }, ...clocksOf(peers)])
  return [
    ...judgeSkew(own, kadm, 'the host that kadm runs on', toOperator),
    ...(middle.name === name ? [] : judgeSkew(own, middle.clock, middle.name, betweenNodes)),
  ]
}

interface Named {
  readonly name: string
  readonly clock: ClockReading
}

function clocksOf(peers: readonly Peer[]): readonly Named[] {
  return peers.flatMap(({ name, facts }) => (facts?.clock === undefined ? [] : [{ name, clock: facts.clock }]))
}

/**
 * Returns the median, so that a single wrong clock is reported and not all others. Of two medians it returns the one
 * nearer to kadm's own clock.
 */
function middleOf(clocks: readonly [Named, ...(readonly Named[])]): Named {
  const inOrder = [...clocks].sort((a, b) => a.clock.aheadMs - b.clock.aheadMs || (a.name < b.name ? -1 : 1))
  const [a = clocks[0], b = a] = inOrder.slice(Math.floor((inOrder.length - 1) / 2), Math.floor(inOrder.length / 2) + 1)
  return Math.abs(b.clock.aheadMs) < Math.abs(a.clock.aheadMs) ? b : a
}

/** Judges only the certain part of the difference: less the maximum error of both readings. */
function judgeSkew(own: ClockReading, other: ClockReading, whose: string, limits: Limits): readonly Finding[] {
  const distance = own.aheadMs - other.aheadMs
  const certain = Math.abs(distance) - own.accuracyMs - other.accuracyMs
  if (certain <= limits.warnMs) return []
  const off = (Math.abs(distance) / second).toFixed(1)
  const message = `the clock is ${off} s ${distance < 0 ? 'behind' : 'ahead of'} that of ${whose}`
  const remedy = 'synchronize the clock of every host with chrony or systemd-timesyncd: `timedatectl set-ntp true`'
  return [certain > limits.failMs ? failure(message, remedy) : warning(message, remedy)]
}
