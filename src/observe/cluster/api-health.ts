import type { Kube } from '../../clients/kube/kube.ts'

/** Short, since the caller either retries or has failed already. */
const patienceMs = 2000

/** What something said to the question for its health; status 0 when nothing answered. */
export interface HealthAnswer {
  readonly status: number
  readonly body: string
}

/** True when the API server says that it lives; undefined while it says that it does not. Throws when none answers. */
export async function apiHealthy(kube: Pick<Kube, 'probe'>): Promise<true | undefined> {
  return (await askHealth(kube)).status === 200 ? true : undefined
}

export function askHealth(kube: Pick<Kube, 'probe'>): Promise<HealthAnswer> {
  return kube.probe('/livez', { timeoutMs: patienceMs })
}

/** A question for health that remembers its last answer. */
export interface HealthProbe {
  readonly healthy: () => Promise<true | undefined>
  /** The last answer in words, for the time that it is not a good one. */
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

/** Of a Status object, else the first line. */
function messageIn(body: string): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown }
    if (typeof message === 'string') return message
  } catch {
    // Plain text.
  }
  return body.trim().split('\n')[0]?.slice(0, 200) ?? ''
}
