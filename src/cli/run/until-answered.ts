import { isKadmError } from '../../errors/kadm-error.ts'
import { makeUntil } from '../../pipeline/until.ts'

/** How long an API server may take to start again, in milliseconds: the kubelet waits before it restarts a container. */
const startMs = 240_000

/** How long an API server that has just started may refuse what it allows later, in milliseconds: until it has its roles. */
const rolesMs = 20_000

interface Found<T> {
  readonly value?: T
  readonly error?: unknown
}

/**
 * Repeats `find` until the API server and etcd answer: a run that was killed may have stopped the only API server of the
 * cluster, which its kubelet then starts. Throws other errors at once.
 */
export async function untilAnswered<T>(find: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let firstRefused: number | undefined
  const probe = async (): Promise<Found<T>> => {
    try {
      return { value: await find() }
    } catch (error) {
      const forbidden = isKadmError(error, 'API_REFUSED') && error.status === 403
      if (forbidden) firstRefused ??= performance.now()
      if (forbidden && performance.now() - (firstRefused ?? 0) < rolesMs) throw error
      if (isKadmError(error, 'API_UNREACHABLE') || isKadmError(error, 'ETCD_UNREACHABLE')) throw error
      return { error }
    }
  }
  const limits = { timeoutMs: startMs, intervalMs: 1000, assume: {} }
  const { value, error } = await makeUntil(signal)<Found<T>>('an API server of the cluster', probe, limits)
  if (value === undefined) throw error
  return value
}
