import type { Kube } from '../../clients/kube/kube.ts'

/** Timeout in milliseconds. It is short, because the caller retries or has already failed. */
const patienceMs = 2000

/** The response to a health request; status 0 without a response. */
export interface HealthAnswer {
  readonly status: number
  readonly body: string
}

/** True if the API server reports healthy; undefined while it reports unhealthy. Throws if no server answers. */
export async function apiHealthy(kube: Pick<Kube, 'probe'>): Promise<true | undefined> {
  return (await askHealth(kube)).status === 200 ? true : undefined
}

export function askHealth(kube: Pick<Kube, 'probe'>, path: '/livez' | '/readyz' = '/livez'): Promise<HealthAnswer> {
  return kube.probe(path, { timeoutMs: patienceMs })
}

/** A health request that remembers its last answer. */
export interface HealthProbe {
  readonly healthy: () => Promise<true | undefined>
  /** Returns the last answer as text while it is unhealthy. */
  readonly said: () => readonly string[]
}

export function healthProbe(name: string, ask: () => Promise<HealthAnswer>): HealthProbe {
  let last: HealthAnswer | undefined
  return {
    async healthy() {
      last = undefined
      last = await ask()
      return last.status === 200 ? true : undefined
    },
    said: () => (last === undefined || last.status === 200 ? [] : [`${name} ${inWords(last)}`]),
  }
}

/** `answers 500 (failed checks: etcd, poststarthook/rbac/bootstrap-roles)` */
function inWords({ status, body }: HealthAnswer): string {
  if (status === 0) return 'does not answer'
  const failed = [...body.matchAll(/^\[-\](\S+) failed/gm)].map(([, check]) => check)
  if (failed.length > 0) return `answers ${status} (failed checks: ${failed.join(', ')})`
  const text = messageIn(body)
  return text === '' ? `answers ${status}` : `answers ${status}: ${text}`
}

/** Returns the message of a Status object, else the first line. */
function messageIn(body: string): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown }
    if (typeof message === 'string') return message
  } catch {
    // The body is plain text.
  }
  return body.trim().split('\n')[0]?.slice(0, 200) ?? ''
}
