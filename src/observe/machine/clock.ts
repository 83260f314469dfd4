import type { ClockReading, Node } from '../../cluster/cluster.ts'
import type { HostReader } from '../../host/host.ts'

/**
 * Compares the clock of a host with the clock of this one. The host reads its clock between request and answer: the
 * middle is assumed, and half of the round trip is the maximum error. undefined if the host does not report a time.
 */
export async function readClock(host: HostReader, now: () => number = Date.now): Promise<ClockReading | undefined> {
  const asked = now()
  const { stdout } = await host.query(['date', '+%s.%N'])
  return parseClock(stdout, asked, now())
}

/** Parses `1700000000.123456789`. A `date` without nanoseconds prints only seconds. */
export function parseClock(text: string, askedMs: number, answeredMs: number): ClockReading | undefined {
  const [, seconds, fraction] = /^(\d+)(?:\.(\d+))?/.exec(text.trim()) ?? []
  if (seconds === undefined) return undefined
  const whole = Number(seconds) * 1000
  const theirs = fraction === undefined ? whole + 500 : whole + Number(`0.${fraction}`) * 1000
  const accuracy = (answeredMs - askedMs) / 2 + (fraction === undefined ? 500 : 0)
  return { aheadMs: Math.round(theirs - (askedMs + answeredMs) / 2), accuracyMs: Math.ceil(accuracy) }
}

/** Returns the current time by the clock of a node, as compared before the run. */
export function timeOn({ facts }: Pick<Node, 'facts'>): Date {
  return new Date(Date.now() + (facts.clock?.aheadMs ?? 0))
}
