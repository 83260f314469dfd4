import type { RotateRequest } from '../../../cluster/rotation.ts'
import { type FoundRotation, findRotation } from '../../../compose/rotate-nodes.ts'
import { rotateCas } from '../../../phases/rotate-ca/stages.ts'
import type { Intent, Seen } from '../../run/intent.ts'
import { untilAnswered } from '../../run/until-answered.ts'
import { parseRotate, type RotateAsked, type RotateInput } from './parse.ts'
import { rotationQuestion } from './question.ts'
import { type RotateResult, rotateResult, rotateText } from './result.ts'

interface RotateSeen extends Seen<RotateRequest> {
  readonly found: FoundRotation
}

/** `kadm certs rotate-ca`: works on every node of a cluster at once. */
export const rotateIntent: Intent<RotateInput, RotateAsked, RotateSeen, RotateResult> = {
  name: () => 'kadm certs rotate-ca',
  plan: 'certs rotate-ca',
  parse: parseRotate,
  async observe({ ask, startedAt }, { hosts, signal }) {
    const found = await untilAnswered(() => findRotation(hosts, ask, startedAt), signal)
    const targets = found.targetsOf(found.steps[0] ?? 'prepare')
    return { found, targets, state: found.state, warnings: [], onControlPlane: true, dry: { newCluster: false } }
  },
  stages: ({ found }) => found.steps.flatMap(step => rotateCas(found.targetsOf(step))),
  question: ({ asked, seen }) => rotationQuestion(asked, seen.found),
  answer: ({ seen, report }) => rotateResult(seen.found, report),
  text: (answer, { asked }) => rotateText(answer, asked.ask.command),
}
