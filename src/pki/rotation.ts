import type { Cluster, ControlPlaneNode } from '../cluster/cluster.ts'
import type { CaName } from '../cluster/node-files.ts'
import type { CaPair, RotatedCa, RotationStep } from '../cluster/rotation.ts'
import type { EncryptionAlgorithm } from '../cluster/spec.ts'
import { certSpec } from './cert-table.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import type { Issuer } from './issue.ts'
import { issueFromTable } from './issue-from-table.ts'
import { generateKey, parsePrivateKey, privateKeyPem } from './keys.ts'
import { signs } from './verify.ts'

export interface NewCaInput {
  readonly cluster: Cluster
  readonly node: ControlPlaneNode
  readonly algorithm: EncryptionAlgorithm
  readonly startedAt: Date
}

/** Creates a CA with the subject of the existing one, as kubeadm would create it. */
export async function newCa(ca: CaName, { algorithm, ...input }: NewCaInput): Promise<RotatedCa> {
  const key = await generateKey(algorithm)
  return { certificate: issueFromTable(certSpec(ca), { ...input, key }).pem, key: privateKeyPem(key) }
}

/** Returns a CA that can sign; undefined if its key was destroyed. */
export function issuerOf({ certificate, key }: RotatedCa): Issuer | undefined {
  if (key === undefined) return undefined
  return { certificate: parseCertificate(certificate), key: parsePrivateKey(key.reveal()) }
}

/** True if this CA signed the certificate. */
export function isSignedBy(leaf: Certificate, ca: Pick<RotatedCa, 'certificate'>): boolean {
  return signs(parseCertificate(ca.certificate), leaf)
}

/** What the files of a host hold of a CA that may be in rotation. */
export interface CaOnHost {
  readonly host: string
  /** The two CAs of a rotation that has not ended. */
  readonly pair?: CaPair
  /** The CA with which the host signs; absent on workers. */
  readonly signer?: Certificate
  /** The CAs that each file trusts, by path. */
  readonly trusts: ReadonlyMap<string, readonly Certificate[]>
  /** The certificates that the CA signs, by path. */
  readonly leaves: ReadonlyMap<string, Certificate>
}

/**
 * `none`: there is no rotation. `preparing`: some files do not trust the new CA yet. `reissuing`: the old CA signed some
 * certificates. `distrusting`: some files do not trust the old CA any more.
 */
export type RotationState = 'none' | 'preparing' | 'prepared' | 'reissuing' | 'reissued' | 'distrusting'

/** Returns how far the rotation of a CA is. */
export function rotationState(hosts: readonly CaOnHost[], pair: CaPair | undefined): RotationState {
  if (pair === undefined) return 'none'
  const [old, added] = [parseCertificate(pair.old.certificate), parseCertificate(pair.new.certificate)]
  const trusts = hosts.flatMap(host => [...host.trusts.values()])
  const all = (ca: Certificate) => trusts.every(list => holds(list, ca))
  const signers = hosts.flatMap(({ signer }) => signer ?? [])
  if (!signers.some(signer => signer.der.equals(added.der))) return all(old) && all(added) ? 'prepared' : 'preparing'
  if (!signers.every(signer => signer.der.equals(added.der))) return 'reissuing'
  if (!all(old)) return 'distrusting'
  const leaves = hosts.flatMap(host => [...host.leaves.values()])
  return leaves.every(leaf => signs(added, leaf)) ? 'reissued' : 'reissuing'
}

/** True if a list contains this very certificate. */
export function holds(list: readonly Certificate[], ca: Certificate): boolean {
  return list.some(({ der }) => der.equals(ca.der))
}

/** What a command line asks for. */
export type RotationCommand = 'prepare' | 'reissue' | 'distrust' | 'rollback' | 'all'

const steps: Readonly<Record<RotationCommand, Partial<Record<RotationState, readonly RotationStep[]>>>> = {
  prepare: { none: ['prepare'], preparing: ['prepare'], prepared: ['prepare'] },
  reissue: { prepared: ['prepare', 'reissue'], reissuing: ['reissue'], reissued: ['reissue'] },
  distrust: { reissued: ['reissue', 'distrust'], distrusting: ['distrust'] },
  rollback: { preparing: ['undo'], prepared: ['undo'], reissuing: ['prepare', 'undo'], reissued: ['prepare', 'undo'] },
  all: {
    none: ['prepare', 'reissue', 'distrust'],
    preparing: ['prepare', 'reissue', 'distrust'],
    prepared: ['prepare', 'reissue', 'distrust'],
    reissuing: ['reissue', 'distrust'],
    reissued: ['reissue', 'distrust'],
    distrusting: ['distrust'],
  },
}

/**
 * Returns the steps of a command in a state; undefined if the command is not possible in it. A step that was finished is
 * repeated before the next one: it changes nothing if a run completed it, and completes what a killed run left.
 */
export function stepsOf(command: RotationCommand, state: RotationState): readonly RotationStep[] | undefined {
  return steps[command][state]
}
