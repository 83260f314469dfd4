import type { Cluster, Node } from '../cluster/cluster.ts'
import { type CaGoal, trustOf } from '../cluster/rotation.ts'
import { keyName, type Session } from '../cluster/session.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { Host } from '../host/host.ts'
import type { Certificate } from '../pki/certificate.ts'
import { parseCertificate } from '../pki/certificate.ts'
import { issueRenewed } from '../pki/issue-from-table.ts'
import { privateKeyPem } from '../pki/keys.ts'
import { parseKubeconfig } from '../pki/kubeconfig.ts'
import { embedCa, embedClient } from '../pki/kubeconfig-edit.ts'
import { isSignedBy, issuerOf } from '../pki/rotation.ts'
import { replacedFile } from './replaced-file.ts'

/** The part of a phase's context that replaces certificates of a rotated CA. */
export interface ReissueContext {
  readonly cluster: Cluster
  readonly node: Node
  readonly host: Host
  readonly session: Pick<Session, 'key' | 'startedAt'>
}

/**
 * Returns a new key and a certificate by the CA that signs, with the subject, names and usages of the existing one;
 * undefined if that CA signed the existing one.
 */
export async function reissued(ctx: ReissueContext, goal: CaGoal, name: string, certificate: Certificate) {
  if (isSignedBy(certificate, goal.signer)) return undefined
  const issuer = issuerOf(goal.signer)
  if (issuer === undefined) {
    throw new KadmError('CERT_INVALID', `the key of the CA that has to sign ${name} does not exist`, {
      hint: 'restore the key of the CA from a backup',
    })
  }
  const { session, node, cluster } = ctx
  const key = await session.key(keyName(node, name))
  const validityMs = cluster.config.certificateValidityPeriod
  const made = issueRenewed(certificate, { key, issuer, startedAt: session.startedAt, validityMs })
  return { pem: made.pem, key: privateKeyPem(key) }
}

/** Writes the trusted CAs into a kubeconfig, and a client certificate by the CA that signs. Files that it names stay. */
export async function reissueKubeconfig(ctx: ReissueContext, goal: CaGoal, path: string, text: string): Promise<void> {
  const { caPem, clientCertPem } = parseKubeconfig(text, path)
  const trust = trustOf(goal)
  const trusting = caPem === undefined || caPem === trust ? text : embedCa(text, trust, path).reveal()
  const client = clientCertPem === undefined ? undefined : parseCertificate(clientCertPem, path)
  const name = path.replace(/^.*\//, '')
  const made = client === undefined ? undefined : await reissued(ctx, goal, name, client)
  if (made === undefined && trusting === text) return
  const whole =
    made === undefined
      ? embedCa(text, trust, path)
      : embedClient(trusting, { certificatePem: made.pem, keyPem: made.key })
  await ctx.host.writeFile({ ...(await replacedFile(ctx.host, path, 0o600)), content: whole })
}
