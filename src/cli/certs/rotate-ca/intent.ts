import type { RotateRequest } from '../../../cluster/rotation.ts'
import { type FoundRotation, findRotation } from '../../../compose/rotate-nodes.ts'
import { isKadmError } from '../../../errors/kadm-error.ts'
import { rotateCas } from '../../../phases/rotate-ca/stages.ts'
import { makeUntil } from '../../../pipeline/until.ts'
import type { Intent, Seen } from '../../run/intent.ts'
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

/** How long an API server may take to start again, in milliseconds: the kubelet waits before it restarts a container. */
const startMs = 240_000

/** How long an API server that has just started may refuse what it allows later, in milliseconds: until it has its roles. */
const rolesMs = 20_000

interface Found<T> {
  readonly value?: T
  readonly error?: unknown
}

/** A run that was killed may have stopped the only API server of the cluster, which its kubelet then starts. */
async function untilAnswered<T>(find: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let firstRefused: number | undefined
  const probe = async (): Promise<Found<T>> => {
    try {
      return { value: await find() }
    } catch (error) {
      const forbidden = isKadmError(error, 'API_REFUSED') && error.status === 403
      if (forbidden) firstRefused ??= performance.now()
      if (forbidden && performance.now() - (firstRefused ?? 0) < rolesMs) throw error
      if (isKadmError(error, 'API_UNREACHABLE') || isKadmError(error, 'ETCD_UNREACHABLE')) throw error
      return { error }
    }
  }
  const limits = { timeoutMs: startMs, intervalMs: 1000, assume: {} }
  const { value, error } = await makeUntil(signal)<Found<T>>('an API server of the cluster', probe, limits)
  if (value === undefined) throw error
  return value
}
