import type { Kube } from '../clients/kube/kube.ts'

/** Short, since whoever asks either asks again or has failed already. */
const patienceMs = 2000

/** True when the API server says that it lives; undefined while it says that it does not. Throws when none answers. */
export async function apiHealthy(kube: Pick<Kube, 'probe'>): Promise<true | undefined> {
  return (await kube.probe('/livez', { timeoutMs: patienceMs })).status === 200 ? true : undefined
}
