import { setTimeout as sleep } from 'node:timers/promises'
import type { Until, UntilOptions } from '../cluster/until.ts'
import { isAnswer, isKadmError, KadmError } from '../errors/kadm-error.ts'

/** Errors that waiting does not fix, in addition to those that end the run. */
const final = new Set(['COMPONENT_FAILED', 'DISCOVERY_FAILED', 'NODE_EXISTS'])

/** Errors that mean that nothing on the host answers yet. For a cluster that does not answer, see recordedKube. */
const silentMachine = new Set(['HOST_CONNECT', 'CRI_FAILED'])

/**
 * Creates the `until` of one step: it polls until a value, the timeout, or an interrupt. In a dry run waiting changes
 * nothing, so that without a value it returns what the phase assumes.
 */
export function makeUntil(signal: AbortSignal, { dryRun = false } = {}): Until {
  return async (what, probe, opts) => {
    const deadline = performance.now() + opts.timeoutMs
    let last: unknown
    for (;;) {
      if (signal.aborted) throw new KadmError('INTERRUPTED', `interrupted while waiting for ${what}`)
      try {
        const value = await probe()
        if (value !== undefined) return value
        if (dryRun) return opts.assume
        last = undefined
      } catch (error) {
        if (!isAnswer(error) || error.final || final.has(error.code)) throw error
        if (dryRun && silentMachine.has(error.code)) return opts.assume
        last = error
      }
      if (performance.now() >= deadline) throw await timedOut(what, opts, last)
      await sleep(opts.intervalMs ?? 500, undefined, { signal }).catch(() => undefined)
    }
  }
}

async function timedOut<T>(what: string, opts: UntilOptions<T>, last: unknown): Promise<KadmError> {
  const { timeoutMs, field, states } = opts
  const known = isKadmError(last) ? last : undefined
  const cause = known === undefined ? '' : `: ${known.message}`
  const longer = field === undefined ? [] : [`timeouts.${field} in the configuration file sets how long kadm waits`]
  const hints = [...(known?.hint === undefined ? [] : [known.hint]), ...longer]
  const seen = (await states?.()) ?? []
  return new KadmError('TIMEOUT', `timed out after ${Math.round(timeoutMs / 1000)} s waiting for ${what}${cause}`, {
    cause: last,
    problems: [...(known?.problems ?? []), ...seen.map(message => ({ message }))],
    ...(hints.length === 0 ? {} : { hint: hints.join('; ') }),
  })
}
