import type { BaseRequest } from './request.ts'
import type { Secret } from './secret.ts'

/** A key that signs the tokens of service accounts. */
export interface SaKey {
  /** The ID that API servers publish, and that tokens name. */
  readonly id: string
  readonly privatePem: Secret
  readonly publicPem: string
}

/** The two keys of a rotation. */
export interface SaPair {
  readonly old: SaKey
  readonly new: SaKey
}

/** A step of a rotation: `unswitch` and `unprepare` go one step back. */
export type SaStep = 'prepare' | 'switch' | 'finish' | 'unswitch' | 'unprepare'

/** What the files of a control plane hold after a step, and what its API server does. */
export interface SaGoal {
  readonly step: SaStep
  readonly pair: SaPair
  readonly signer: SaKey
  /** The signer is first: kubeadm compares the first key of sa.pub with sa.key. */
  readonly trusted: readonly SaKey[]
  /** False for a step that ends the rotation. */
  readonly lasts: boolean
  /** What every API server must do before the step: IDs of keys. */
  readonly before: { readonly trusts: readonly string[]; readonly signer?: string }
}

/** The options of one step of `kadm certs rotate-sa`. */
export interface SaRequest extends BaseRequest {
  readonly goal: SaGoal
}

export function saGoalOf(step: SaStep, pair: SaPair): SaGoal {
  const { old, new: added } = pair
  const both = [old.id, added.id]
  const common = { step, pair }
  switch (step) {
    case 'prepare':
      return { ...common, signer: old, trusted: [old, added], lasts: true, before: { trusts: [] } }
    case 'unswitch':
      return { ...common, signer: old, trusted: [old, added], lasts: true, before: { trusts: both } }
    case 'switch':
      return { ...common, signer: added, trusted: [added, old], lasts: true, before: { trusts: both } }
    case 'finish':
      return {
        ...common,
        signer: added,
        trusted: [added],
        lasts: false,
        before: { trusts: [added.id], signer: added.id },
      }
    case 'unprepare':
      return { ...common, signer: old, trusted: [old], lasts: false, before: { trusts: [old.id], signer: old.id } }
  }
}

/** Returns where a control plane keeps the two keys. The directory exists while the rotation lasts. */
export function saRotationFiles(certificatesDir: string) {
  const dir = `${certificatesDir}/rotation/sa`
  return { dir, old: `${dir}/old.key`, new: `${dir}/new.key` }
}
