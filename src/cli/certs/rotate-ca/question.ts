import type { CaName } from '../../../cluster/node-files.ts'
import type { RotateRequest, RotationStep } from '../../../cluster/rotation.ts'
import type { FoundRotation } from '../../../compose/rotate-nodes.ts'
import type { Target } from '../../../phases/phase.ts'
import type { Question } from '../../run/intent.ts'
import type { RotateAsked } from './parse.ts'

export const shownCas: Readonly<Record<CaName, string>> = {
  ca: 'the CA of the cluster',
  'front-proxy-ca': 'the front proxy CA',
  'etcd-ca': 'the CA of etcd',
}

const actions: Readonly<Record<RotationStep, string>> = {
  prepare: 'trust the old and the new CA; the old one signs',
  reissue: 'sign every certificate with the new CA; both are trusted',
  distrust: 'trust only the new CA, and destroy the key of the old one; this cannot be undone',
  undo: 'trust only the old CA, and destroy the key of the new one',
}

/** Returns the plan as a question. With one control plane it announces when the API does not answer. */
export function rotationQuestion({ yes, dryRun }: RotateAsked, found: FoundRotation): Question {
  const { steps, targetsOf, stalePods } = found
  const sections = steps.map(step => sectionOf(step, targetsOf(step)))
  const title =
    'these pods started before they could trust the new CA, and lose the API unless --restart-pods is given:'
  const losing = stalePods.length === 0 ? '' : `${title}\n${stalePods.map(name => `  ${name}\n`).join('')}`
  return { text: `${sections.join('')}${losing}`, ask: !yes && !dryRun, flag: '-y (--yes)' }
}

function sectionOf(step: RotationStep, targets: readonly Target<RotateRequest>[]): string {
  const controlPlanes = targets.filter(({ node }) => node.role === 'control-plane').map(({ node }) => node.name)
  const workers = targets.filter(({ node }) => node.role === 'worker').map(({ node }) => node.name)
  const cas = targets[0]?.request.goals.map(({ ca }) => ca) ?? []
  const concerned = cas.includes('ca') ? [...controlPlanes, ...workers] : controlPlanes
  const lines = [
    `${step}: ${cas.map(ca => shownCas[ca]).join(', ')}`,
    `  ${actions[step]}`,
    `  nodes, in this order: ${concerned.join(', ')}`,
    ...restartsOf(step, cas).map(line => `  ${line}`),
    ...(controlPlanes.length > 1 ? [] : outageOf(step, cas).map(line => `  ${line}`)),
  ]
  return `${lines.join('\n')}\n`
}

function restartsOf(step: RotationStep, cas: readonly CaName[]): readonly string[] {
  const restarted = [
    ...(cas.includes('etcd-ca') && step !== 'reissue' ? ['etcd'] : []),
    ...(apiServerRestarts(step, cas) ? ['kube-apiserver'] : []),
    ...(cas.includes('ca') ? ['kube-controller-manager', 'kube-scheduler', 'the kubelet'] : []),
  ]
  if (restarted.length === 0) return ['nothing restarts']
  return [`restarts on one node at a time: ${restarted.join(', ')}`]
}

function apiServerRestarts(step: RotationStep, cas: readonly CaName[]): boolean {
  return (cas.includes('etcd-ca') && step !== 'reissue') || (cas.includes('ca') && step === 'reissue')
}

function outageOf(step: RotationStep, cas: readonly CaName[]): readonly string[] {
  if (!apiServerRestarts(step, cas)) return []
  return ['this cluster has one control plane: its API does not answer for up to a minute; pods keep running']
}
