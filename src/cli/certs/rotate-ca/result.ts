import type { RotationStep } from '../../../cluster/rotation.ts'
import type { FoundRotation } from '../../../compose/rotate-nodes.ts'
import type { RotationCommand } from '../../../pki/rotation.ts'
import { counted } from '../../../ui/text.ts'
import type { RunReport } from '../../run/run-plan.ts'
import { listed } from './listed.ts'

/** The result of `kadm certs rotate-ca`. */
export function rotateResult({ steps, states }: FoundRotation, report: RunReport) {
  const { results, changes, phases, warnings, seconds } = report
  return {
    cas: [...states].map(([ca, before]) => ({ ca, before })),
    steps,
    podsToRestart: [...new Set(results.podToRestart ?? [])],
    caBundles: [...new Set(results.caBundle ?? [])],
    changes,
    phases,
    warnings,
    seconds,
  }
}

export type RotateResult = ReturnType<typeof rotateResult>

const next: Readonly<Record<RotationStep, string>> = {
  prepare: 'Every node trusts both CAs.',
  reissue:
    'The new CA signed every certificate. Replace kubeconfigs that you handed out: `kadm kubeconfig fetch`, `kadm kubeconfig user`.',
  distrust:
    'Only the new CA is trusted, and the key of the old one is destroyed. Discovery hashes of the old CA are not valid any more.',
  undo: 'Only the old CA is trusted, and the key of the new one is destroyed.',
}

const following: Partial<Record<RotationCommand, string>> = {
  prepare: 'Next: `kadm certs rotate-ca reissue`',
  reissue: 'Next: `kadm certs rotate-ca distrust`',
}

const podTitles = {
  before: 'These pods use the API and do not trust the new CA; restart them before its certificates are served:',
  after: 'These pods use the API and trust the removed CA until they restart:',
} as const

export function rotateText(
  { steps, podsToRestart, caBundles, changes, seconds }: RotateResult,
  command: RotationCommand,
): string {
  const last = steps.at(-1)
  const done = `${last === undefined ? '' : `${next[last]} `}${counted(changes.length, 'change')} (${seconds} s).\n`
  const pods = listed(podTitles[last === 'prepare' || last === 'reissue' ? 'before' : 'after'], podsToRestart)
  const bundles = listed('These objects hold the old CA:', caBundles)
  const then = following[command]
  return `${done}${pods}${bundles}${then === undefined ? '' : `\n${then}\n`}`
}
