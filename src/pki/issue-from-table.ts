import type { KeyObject } from 'node:crypto'
import type { Cluster, ControlPlaneNode } from '../cluster/cluster.ts'
import { altNames, noAltNames } from './alt-names.ts'
import type { CertSpec } from './cert-table.ts'
import type { Certificate } from './certificate.ts'
import { type Issuer, issue } from './issue.ts'
import type { Subject } from './name.ts'
import type { Profile } from './profile.ts'
import type { AcceptedRequest } from './request-faults.ts'

/** Certificates are valid from a little in the past, so that a host whose clock is behind accepts them. */
const backdateMs = 5 * 60_000

export interface TableInput {
  readonly cluster: Cluster
  readonly node: ControlPlaneNode
  readonly key: KeyObject
  /** Absent for a CA. */
  readonly issuer?: Issuer
  /** The start of the run. */
  readonly startedAt: Date
  readonly serial?: bigint
}

/** Issues a certificate of the table with the configured validity. */
export function issueFromTable(spec: CertSpec, input: TableInput): Certificate {
  const { cluster, node, startedAt, ...rest } = input
  const ca = spec.signedBy === undefined
  const { caCertificateValidityPeriod, certificateValidityPeriod } = cluster.config
  return issue({
    ...rest,
    subject: spec.subject(node),
    usages: spec.usages,
    sans: spec.sans(cluster, node),
    ca,
    notBefore: after(startedAt, -backdateMs),
    notAfter: after(startedAt, ca ? caCertificateValidityPeriod : certificateValidityPeriod),
  })
}

export interface ClientInput {
  readonly subject: Subject
  readonly key: KeyObject
  readonly issuer: Issuer
  readonly startedAt: Date
  readonly validityMs: number
  readonly serial?: bigint
}

/** Issues the client certificate of a kubeconfig. As in kubeadm, it is valid from the start of its CA. */
export function issueClient({ startedAt, validityMs, ...rest }: ClientInput): Certificate {
  return issue({
    ...rest,
    usages: ['clientAuth'],
    sans: noAltNames,
    ca: false,
    notBefore: rest.issuer.certificate.notBefore,
    notAfter: after(startedAt, validityMs),
  })
}

export interface RenewalInput {
  readonly key: KeyObject
  readonly issuer: Issuer
  readonly startedAt: Date
  readonly validityMs: number
}

/** What a renewed certificate keeps. */
export type RenewedContents = Pick<Certificate, 'subject' | 'usages' | 'sans'>

/** Issues a certificate with the subject, names and usages of an existing one, as a renewal by kubeadm does. */
export function issueRenewed(old: RenewedContents, { startedAt, validityMs, ...rest }: RenewalInput): Certificate {
  return issue({
    ...rest,
    subject: old.subject,
    usages: old.usages,
    sans: altNames([...old.sans.dns, ...old.sans.ips]),
    ca: false,
    notBefore: after(startedAt, -backdateMs),
    notAfter: after(startedAt, validityMs),
  })
}

export interface SignatureInput {
  readonly issuer: Issuer
  readonly startedAt: Date
  readonly validityMs: number
}

/** Signs a request that fits a profile. The certificate is valid only while its CA is. */
export function issueRequested(
  { subject, sans, publicKey }: AcceptedRequest,
  { usages }: Pick<Profile, 'usages'>,
  { issuer, startedAt, validityMs }: SignatureInput,
): Certificate {
  const ca = issuer.certificate
  const [start, end] = [after(startedAt, -backdateMs), after(startedAt, validityMs)]
  const notBefore = start < ca.notBefore ? ca.notBefore : start
  const notAfter = end > ca.notAfter ? ca.notAfter : end
  return issue({ subject, sans, usages, key: publicKey, ca: false, issuer, notBefore, notAfter })
}

function after(start: Date, ms: number): Date {
  return new Date(start.getTime() + ms)
}
