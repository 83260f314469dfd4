import { isAnswer } from '../../errors/kadm-error.ts'
import { causes } from './causes.ts'
import type { Diagnosis } from './diagnosis.ts'
import { type Look, readEvidence } from './start-evidence.ts'

/**
 * Returns why the kubelet or a static pod of a host does not start; undefined without a certain cause, as during a
 * normal start. Fast enough to run every second or two. `since` is by the clock of this host, not of the observed one.
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
    // A failed diagnosis must not hide the original failure.
    if (isAnswer(error)) return undefined
    throw error
  }
}
