import { isKadmError } from '../../errors/kadm-error.ts'
import { manifestsTakenUp } from '../../observe/held-back.ts'
import type { PhaseContext } from '../phase.ts'

/**
 * The same probe, which gives no answer while the kubelet has yet to put what the manifests now say in place of what
 * answers. kubeadm asks once before and once after (its static pod hash); this also holds for a run that was killed between.
 */
export function afterManifests(
  { cri, host, node }: Pick<PhaseContext, 'cri' | 'host' | 'node'>,
  components: readonly string[],
  probe: () => Promise<true | undefined>,
): () => Promise<true | undefined> {
  return async () => {
    const answer = await probe()
    if (answer === undefined) return undefined
    const takenUp = await cri()
      .then(runtime => manifestsTakenUp(host, runtime, node.name, components))
      .catch(error => silentRuntime(error, true))
    return takenUp ? answer : undefined
  }
}

/** A runtime that does not answer holds nothing back; where nothing comes up then, the wait for it explains. */
export function silentRuntime<T>(error: unknown, otherwise: T): T {
  if (isKadmError(error, 'CRI_FAILED') || isKadmError(error, 'HOST_CONNECT')) return otherwise
  throw error
}
