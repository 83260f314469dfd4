import { isAnswer } from '../../errors/kadm-error.ts'
import { causes } from './causes.ts'
import type { Diagnosis } from './diagnosis.ts'
import { type Look, readEvidence } from './start-evidence.ts'

/**
 * Why the kubelet or a static pod of a host does not come up; undefined when nothing certain is known, as during a
 * normal start. Cheap enough to be asked every second or two. `since` is by the clock of this host, not of the host.
 */
export async function diagnoseNode(look: Look): Promise<Diagnosis | undefined> {
  try {
    const evidence = await readEvidence(look)
    for (const { matches } of causes) {
      const found = matches(evidence)
      if (found !== undefined) return found
    }
    return undefined
  } catch (error) {
    // Nothing to say is better than a failed diagnosis in place of the failure itself.
    if (isAnswer(error)) return undefined
    throw error
  }
}
