import type { CaName } from './node-files.ts'
import type { BaseRequest, RenewRequest } from './request.ts'
import type { Secret } from './secret.ts'

/** A CA of a rotation. */
export interface RotatedCa {
  /** PEM of one certificate. */
  readonly certificate: string
  /** Absent if it was destroyed. */
  readonly key?: Secret
}

/** The two CAs of a rotation. */
export interface CaPair {
  readonly old: RotatedCa
  readonly new: RotatedCa
}

/** A step of a rotation. `undo` removes a new CA that was only prepared. */
export type RotationStep = 'prepare' | 'reissue' | 'distrust' | 'undo'

/** What brings a cluster to a goal: a step, or the replacement of a CA that has expired. */
type GoalStep = RotationStep | 'replace'

/** What the hosts of a cluster must hold for one CA after a step. */
export interface CaGoal extends CaPair {
  readonly ca: CaName
  readonly step: GoalStep
  /** The CA that signs. */
  readonly signer: RotatedCa
  /** The CA that does not sign. */
  readonly other: RotatedCa
  /** True if both CAs are trusted; false if only the signer is. */
  readonly both: boolean
}

/** The options of one step of `kadm certs rotate-ca`. */
export interface RotateRequest extends BaseRequest {
  /** What the hosts must hold after the step, for each CA that is rotated. */
  readonly goals: readonly CaGoal[]
  /** The names of all Nodes of the cluster. */
  readonly nodeNames: readonly string[]
  /** Restart pods that use the API and started before both CAs were trusted. */
  readonly restartPods: boolean
  /** Replace the old CA in webhooks, APIServices and conversions of CustomResourceDefinitions. */
  readonly patchCaBundles: boolean
}

/** The options of `kadm certs rotate-ca replace`: all certificates are renewed, too. */
export interface ReplaceRequest extends RotateRequest, RenewRequest {}

/** Returns what hosts must hold after a step. */
export function goalOf(ca: CaName, step: GoalStep, pair: CaPair): CaGoal {
  const signsNew = step === 'reissue' || step === 'distrust' || step === 'replace'
  return {
    ...pair,
    ...{ ca, step },
    signer: signsNew ? pair.new : pair.old,
    other: signsNew ? pair.old : pair.new,
    both: step === 'prepare' || step === 'reissue',
  }
}

/** The trusted certificates. The signer is first: kubeadm reads only the first certificate of a file. */
export function trustOf({ signer, other, both }: CaGoal): string {
  return both ? `${signer.certificate}${other.certificate}` : signer.certificate
}

/** Returns the directory of all rotations on a control plane. It exists while one of them lasts. */
export function rotationsDir(certificatesDir: string): string {
  return `${certificatesDir}/rotation`
}

/** Returns the directory of the rotation of one CA. */
export function rotationDir(certificatesDir: string, ca: CaName): string {
  return `${rotationsDir(certificatesDir)}/${ca}`
}

/** Returns where a control plane keeps the two CAs of a rotation. */
export function rotationFiles(certificatesDir: string, ca: CaName) {
  const dir = rotationDir(certificatesDir, ca)
  const files = (name: 'old' | 'new') => ({ certificate: `${dir}/${name}.crt`, key: `${dir}/${name}.key` })
  return { dir, old: files('old'), new: files('new') }
}
