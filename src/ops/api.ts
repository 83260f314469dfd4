import type { Kube } from '../clients/kube/kube.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import type { Until } from '../cluster/until.ts'
import { isKadmError } from '../errors/kadm-error.ts'
import { ensureObject } from './ensure-object.ts'

/** The part of a phase's context that connects to the API. */
export interface ApiAccess {
  readonly kube: (as: 'admin') => Promise<Kube>
  readonly until: Until
  readonly request: { readonly timeouts: { readonly kubernetesAPICall: number } }
}

/**
 * Calls `act` with the API as admin, and repeats it after temporary failures for `kubernetesAPICall`. An answer that
 * rejects the request itself (400, 422) ends it at once; kubeadm repeats those too.
 */
export async function withApi<T>(ctx: ApiAccess, what: string, act: (kube: Kube) => Promise<T>): Promise<T> {
  const kube = await ctx.kube('admin')
  const outcome = await ctx.until<{ readonly value?: T; readonly error?: unknown }>(
    what,
    async () => {
      try {
        return { value: await act(kube) }
      } catch (error) {
        if (isKadmError(error, 'API_REFUSED') && (error.status === 400 || error.status === 422)) return { error }
        throw error
      }
    },
    { timeoutMs: ctx.request.timeouts.kubernetesAPICall, field: 'kubernetesAPICall', assume: {} },
  )
  if (outcome.error !== undefined) throw outcome.error
  return outcome.value as T
}

/** Ensures the content of several objects in parallel. */
export async function ensureObjects(ctx: ApiAccess, what: string, wanted: readonly KubeObject[]): Promise<void> {
  await Promise.all(
    wanted.map(object => withApi(ctx, `${what}: ${object.metadata.name}`, kube => ensureObject(kube, object))),
  )
}
