import type { ConnectedHost } from '../../host/host.ts'
import { readUpgradeRecords } from '../../observe/left/upgrade-records.ts'
import { hasLeftSwap, putBackLeftSwap } from '../../ops/left-swap.ts'
import type { Reached } from '../run/intent.ts'
import { untilAnswered } from '../run/until-answered.ts'

/**
 * Observes the hosts of an upgrade. An earlier run that did not end may have left static pods stopped: puts their manifests
 * back, and waits for the API server, also after an upgrade that ended just before. A dry run changes nothing and does not
 * wait.
 */
export async function afterInterruption<T>(
  { dryRun }: { readonly dryRun: boolean },
  { hosts, signal, report }: Reached,
  observe: () => Promise<T>,
): Promise<T> {
  if (dryRun) return observe()
  const left = await Promise.all(hosts.map(leftBehind))
  if (!left.some(({ swap, open, recent }) => swap || open || recent)) return observe()
  await Promise.all(hosts.map((host, i) => (left[i]?.swap ? putBackLeftSwap(host) : undefined)))
  if (left.some(({ swap, open }) => swap || open))
    report('upgrade')('Waiting for the API server: an earlier upgrade did not end...')
  return untilAnswered(observe, signal)
}

async function leftBehind(host: ConnectedHost) {
  const [swap, [newest]] = await Promise.all([hasLeftSwap(host), readUpgradeRecords(host)])
  return { swap, open: newest?.state === 'open', recent: isRecent(newest?.run) }
}

/** A kubelet that was upgraded restarts kube-apiserver for a while. */
const recentMs = 15 * 60_000

/** A backup has the time of its run as name: `20261201T004951Z-594ad6-v1.37.2`. */
function isRecent(run = ''): boolean {
  const time = run.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*/, '$1-$2-$3T$4:$5:$6Z')
  return Math.abs(Date.now() - Date.parse(time)) < recentMs
}
