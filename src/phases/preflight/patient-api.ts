import type { Kube } from '../../clients/kube/kube.ts'
import { isKadmError, isPassingStatus } from '../../errors/kadm-error.ts'
import type { PhaseContext } from '../phase.ts'

/**
 * Reads from the API as admin, and repeats it while no server answers: a run that stopped just before may have left a
 * kubelet that restarts kube-apiserver. Throws every other error at once, and TIMEOUT after `kubernetesAPICall`.
 */
export async function readPatiently<T>(ctx: PhaseContext, read: (kube: Kube) => Promise<T>): Promise<T> {
  let away = false
  const attempt = async (): Promise<Outcome<T>> => {
    try {
      return { value: await read(await ctx.kube('admin')) }
    } catch (error) {
      if (!isKadmError(error)) throw error
      // A kube-apiserver that starts knows no rights yet.
      if (away && error.status === 403) throw error
      if (error.code !== 'API_UNREACHABLE' && !isPassingStatus(error)) return { error }
      away = true
      throw error
    }
  }
  const timing = { timeoutMs: ctx.request.timeouts.kubernetesAPICall, field: 'kubernetesAPICall', assume: {} } as const
  const { value, error } = await ctx.until<Outcome<T>>('the API server', attempt, timing)
  if (error !== undefined) throw error
  return value as T
}

interface Outcome<T> {
  readonly value?: T
  readonly error?: unknown
}
