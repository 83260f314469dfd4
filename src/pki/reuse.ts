import type { KeyObject } from 'node:crypto'
import { given } from '../cluster/given.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { type Certificate, parseCertificates } from './certificate.ts'
import { parsePrivateKey } from './keys.ts'
import { staleness, type WantedCertificate } from './staleness.ts'
import { type CertificateFault, matchesKey, periodFault, verifySignedBy } from './verify.ts'

/** The files of a certificate on the host. */
export interface FoundPair {
  readonly certificatePath: string
  readonly keyPath: string
  readonly certificate?: string
  readonly key?: string
}

export type Reuse =
  | {
      readonly action: 'create'
      /** A key without a certificate comes from an interrupted run. The certificate is created for it. */
      readonly key?: KeyObject
    }
  | {
      readonly action: 'keep'
      readonly certificate: Certificate
      /** Absent for an external CA. */
      readonly key?: KeyObject
      /** Differences from the configuration. The certificate is kept. */
      readonly warnings: readonly string[]
    }

/**
 * Decides on existing files. As in kubeadm, valid ones are kept even if they do not match the configuration. Throws
 * CERT_INVALID for files that cannot work.
 */
export function decideReuse(found: FoundPair, wanted: WantedCertificate, now: Date): Reuse {
  if (found.certificate === undefined && found.key === undefined) return { action: 'create' }
  if (found.certificate === undefined) {
    return { action: 'create', key: parsePrivateKey(found.key ?? '', found.keyPath) }
  }
  const [certificate, ...intermediates] = parseCertificates(found.certificate, found.certificatePath)
  if (wanted.ca) checkCa(certificate, found, now)
  else checkLeaf(certificate, intermediates, found, wanted, now)
  const key = found.key === undefined ? undefined : matchingKey(certificate, found.key, found)
  const warnings = staleness(certificate, wanted).map(fault => keptWarning(found, fault))
  return { action: 'keep', certificate, ...given({ key }), warnings }
}

function keptWarning(found: FoundPair, fault: string): string {
  return `${found.certificatePath} ${fault}; kadm keeps it. To create it again, remove it and ${found.keyPath} and run again`
}

function checkCa(certificate: Certificate, found: FoundPair, now: Date): void {
  if (!certificate.isCa) {
    throw refuse(
      `${found.certificatePath} is not a CA certificate`,
      'put the certificate of a CA there (basic constraints CA:TRUE), or remove it and its key to create a CA',
    )
  }
  const fault = periodFault(certificate, now)
  if (fault !== undefined) throw refuse(`${found.certificatePath} ${fault.reason}`, hintFor(fault, found))
}

function checkLeaf(
  certificate: Certificate,
  intermediates: readonly Certificate[],
  found: FoundPair,
  wanted: WantedCertificate,
  now: Date,
): void {
  if (found.key === undefined) {
    throw refuse(
      `${found.certificatePath} is there but ${found.keyPath} is missing`,
      `restore ${found.keyPath}, or remove ${found.certificatePath} to create both again`,
    )
  }
  const verdict = verifySignedBy(certificate, wanted.cas ?? [], now, intermediates)
  if (verdict.valid) return
  throw refuse(`${found.certificatePath} ${verdict.reason}`, hintFor(verdict, found))
}

function hintFor({ notYetValid }: CertificateFault, { keyPath }: FoundPair): string {
  if (notYetValid) return "check this host's clock"
  return `restore the right file, or remove it and ${keyPath} to create both again`
}

function matchingKey(certificate: Certificate, pem: string, found: FoundPair): KeyObject {
  const key = parsePrivateKey(pem, found.keyPath)
  if (matchesKey(certificate, key)) return key
  throw refuse(
    `${found.keyPath} does not belong to ${found.certificatePath}`,
    'restore the two files that belong together, or remove both to create them again',
  )
}

function refuse(message: string, hint: string): KadmError {
  return new KadmError('CERT_INVALID', message, { hint })
}
