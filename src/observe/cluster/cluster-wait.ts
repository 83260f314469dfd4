import { connectionFailure, type FailureKind } from '../../clients/https/connection-failure.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'

/** Reports the progress of a run before it has phases. */
export type ReportProgress = (text: string) => void

const reportEveryMs = 10_000
/** A new cluster answers 403 until it has the rules that allow joining nodes to read. */
const forbiddenMs = 30_000

/** TLS failures that a retry does not fix. */
const lasting: ReadonlySet<FailureKind> = new Set(['authority', 'clock', 'expired', 'names'])

const hints: Partial<Record<FailureKind, string>> = {
  clock: 'compare `date` on this node and on the control planes, and set the clock that is wrong',
  expired:
    'compare `date` on this node and on the control planes; if the clocks agree, renew the certificate of the API server',
}

/**
 * Wraps a probe of a cluster to join. Reports at once what it waits for, and every ten seconds why it still waits.
 * Throws DISCOVERY_FAILED for a failure that waiting does not fix.
 */
export function reportedWait<T>(
  what: string,
  report: ReportProgress,
  probe: () => Promise<T | undefined>,
): () => Promise<T | undefined> {
  const started = performance.now()
  let reported = started
  report(what)
  const again = (now: number, why: string) => {
    if (now - reported < reportEveryMs) return
    reported = now
    report(`still ${what}: ${why}`)
  }
  return async () => {
    try {
      const value = await probe()
      if (value === undefined) again(performance.now(), 'it does not exist yet')
      return value
    } catch (error) {
      const now = performance.now()
      const final = endOfWait(error, now - started)
      if (final === undefined && isKadmError(error)) again(now, error.message)
      throw final ?? error
    }
  }
}

/** Returns DISCOVERY_FAILED for a failure that waiting does not fix. */
function endOfWait(error: unknown, waitedMs: number): KadmError | undefined {
  if (!isKadmError(error)) return undefined
  const kind = isKadmError(error, 'API_UNREACHABLE') ? connectionFailure(error.cause).kind : undefined
  const refused = error.status === 401 || (error.status === 403 && waitedMs >= forbiddenMs)
  if (!refused && (kind === undefined || !lasting.has(kind))) return undefined
  const hint = (kind && hints[kind]) ?? error.hint
  return new KadmError('DISCOVERY_FAILED', error.message, { cause: error, output: error.output, hint })
}
