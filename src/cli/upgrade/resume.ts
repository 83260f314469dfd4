import type { ConnectedHost } from '../../host/host.ts'
import { readUpgradeRecords } from '../../observe/left/upgrade-records.ts'
import { hasLeftSwap, putBackLeftSwap } from '../../ops/left-swap.ts'
import type { Reached } from '../run/intent.ts'
import { untilAnswered } from '../run/until-answered.ts'

/**
 * Observes the hosts of an upgrade. An earlier run that did not end may have left static pods stopped: puts their manifests
 * back, and waits for the API server. A dry run changes nothing and does not wait.
 */
export async function afterInterruption<T>(
  { dryRun }: { readonly dryRun: boolean },
  { hosts, signal, report }: Reached,
  observe: () => Promise<T>,
): Promise<T> {
  if (dryRun) return observe()
  const left = await Promise.all(hosts.map(leftBehind))
  if (!left.some(({ swap, open }) => swap || open)) return observe()
  await Promise.all(hosts.map((host, i) => (left[i]?.swap ? putBackLeftSwap(host) : undefined)))
  report('upgrade')('Waiting for the API server: an earlier upgrade did not end...')
  return untilAnswered(observe, signal)
}

async function leftBehind(host: ConnectedHost) {
  const [swap, [newest]] = await Promise.all([hasLeftSwap(host), readUpgradeRecords(host)])
  return { swap, open: newest?.state === 'open' }
}
