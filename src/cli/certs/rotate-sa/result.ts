import type { SaStep } from '../../../cluster/sa-rotation.ts'
import type { FoundSaRotation } from '../../../compose/sa-nodes.ts'
import type { Question } from '../../run/intent.ts'
import type { RunReport } from '../../run/run-plan.ts'

export interface SaAnswer {
  readonly step: SaStep
  readonly nodes: readonly { readonly node: string; readonly restarted: readonly string[] }[]
  /** The IDs of the keys, as tokens and the key set of the cluster have them. */
  readonly signer: string
  readonly trusted: readonly string[]
  /** Secrets whose tokens the old key signed. */
  readonly legacyTokens: readonly string[]
  readonly changes: RunReport['changes']
  readonly warnings: RunReport['warnings']
  readonly seconds: number
}

const actions: Readonly<Record<SaStep, string>> = {
  prepare: 'trust the old and the new service account key; the old one signs tokens',
  switch: 'sign tokens with the new key; both keys are trusted',
  finish: 'trust only the new key: tokens of the old one are rejected; this cannot be undone',
  unswitch: 'sign tokens with the old key again; both keys are trusted',
  unprepare: 'trust only the old key, and remove the new one: tokens of the new one are rejected',
}

/** Returns the plan of a step. */
export function saQuestion({ step, targets, legacyTokens }: FoundSaRotation, ask: boolean): Question {
  const nodes = targets.map(({ node }) => node.name)
  const signs = step === 'switch' || step === 'unswitch'
  const lines = [
    actions[step],
    `  control planes, in this order: ${nodes.join(', ')}`,
    `  restarts on one node at a time: kube-apiserver${signs ? ', kube-controller-manager' : ''}; pods keep running`,
    ...(nodes.length > 1 ? [] : ['  this cluster has one control plane: its API does not answer for up to a minute']),
    ...(legacyTokens.length === 0 ? [] : [`  Secrets with tokens of the old key: ${legacyTokens.join(', ')}`]),
  ]
  return { text: `${lines.join('\n')}\n`, ask, flag: '-y (--yes)' }
}

export function saAnswer({ step, targets, legacyTokens }: FoundSaRotation, report: RunReport): SaAnswer {
  const { values, changes, warnings, seconds } = report
  const goal = targets[0]?.request.goal
  return {
    step,
    nodes: targets.map(({ node }) => ({
      node: node.name,
      restarted: values.flatMap(one => (one.node === node.name && one.key === 'restarted' ? [one.value] : [])),
    })),
    signer: goal?.signer.id ?? '',
    trusted: goal?.trusted.map(({ id }) => id) ?? [],
    ...{ legacyTokens, changes, warnings, seconds },
  }
}

const results: Readonly<Record<SaStep, string>> = {
  prepare:
    'Every API server trusts both keys; the old one signs. Relying parties outside the cluster must read /openid/v1/jwks before the next step.\nNext: `kadm certs rotate-sa switch`',
  switch:
    'New tokens are signed with the new key. Kubelets replace the tokens in pods within an hour; a program that reads its token only once must restart before finish.\nNext, in an hour: `kadm certs rotate-sa finish`',
  finish: 'Only the new key is trusted.',
  unswitch: 'New tokens are signed with the old key; both are trusted. Tokens of the new key expire within an hour.',
  unprepare: 'Only the old key is trusted; the new one is removed.',
}

export function saText({ step, nodes, legacyTokens, seconds }: SaAnswer): string {
  const restarted = nodes.map(({ node, restarted: pods }) => `${node}: ${pods.join(', ') || 'nothing'} restarted\n`)
  const legacy = legacyTokens.map(name => `${name}: its token is signed with the old key and does not expire\n`)
  return `${restarted.join('')}${step === 'finish' ? '' : legacy.join('')}${results[step]} (${seconds} s)\n`
}
