import type { SaRequest } from '../../../cluster/sa-rotation.ts'
import { type FoundSaRotation, findSaRotation } from '../../../compose/sa-nodes.ts'
import { rotateSa } from '../../../phases/rotate-sa/stages.ts'
import type { Intent, Seen } from '../../run/intent.ts'
import { parseSa, type SaAsked, type SaInput } from './parse.ts'
import { type SaAnswer, saAnswer, saQuestion, saText } from './result.ts'

interface SaSeen extends Seen<SaRequest> {
  readonly found: FoundSaRotation
}

/** `kadm certs rotate-sa`: works on every control plane of a cluster. */
export const saIntent: Intent<SaInput, SaAsked, SaSeen, SaAnswer> = {
  name: () => 'kadm certs rotate-sa',
  plan: 'certs rotate-sa',
  parse: parseSa,
  async observe({ ask, startedAt }, { hosts }) {
    const found = await findSaRotation(hosts, ask, startedAt)
    const { targets, state, warnings } = found
    const dry = { newCluster: false, observedBefore: { warnings } }
    return { found, targets, state, warnings, onControlPlane: true, dry }
  },
  stages: ({ targets }) => rotateSa(targets),
  question: ({ asked, seen }) => saQuestion(seen.found, !asked.yes && !asked.dryRun),
  answer: ({ seen, report }) => saAnswer(seen.found, report),
  text: saText,
}
