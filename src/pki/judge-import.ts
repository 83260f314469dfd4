import type { KeyObject } from 'node:crypto'
import type { AltNames } from './alt-names.ts'
import { type Certificate, parseCertificates } from './certificate.ts'
import { type Usage, usageOids } from './extensions.ts'
import { nameAttributes, type Subject } from './name.ts'
import { subjectFault } from './subject-fault.ts'
import { matchesKey, verifySignedBy } from './verify.ts'

/** A private key that may belong to a certificate. */
export interface CandidateKey {
  readonly at: 'brought' | 'renewal' | 'place'
  /** The file, for messages. */
  readonly path: string
  readonly key: KeyObject
}

/** What a certificate must be at its place. */
export interface ImportPlace {
  readonly cas: readonly Certificate[]
  /** In the order of preference. */
  readonly keys: readonly CandidateKey[]
  readonly subject: Subject
  readonly usages: readonly Usage[]
  /** The names that it must have; not compared if absent. */
  readonly sans?: AltNames
}

export interface JudgedImport {
  readonly leaf: Certificate
  /** The leaf and the intermediate CAs. */
  readonly pem: string
  readonly key?: CandidateKey
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
}

/** Compares a certificate with its place. Faults and warnings are clauses that follow its name. Throws CERT_INVALID. */
export function judgeImport(pem: string, from: string, place: ImportPlace, now: Date): JudgedImport {
  const [leaf, ...intermediates] = parseCertificates(pem, from)
  const key = place.keys.find(candidate => matchesKey(leaf, candidate.key))
  const verdict = verifySignedBy(leaf, place.cas, now, intermediates)
  const [missing, extra] = place.sans === undefined ? [[], []] : comparedNames(leaf.sans, place.sans)
  return {
    leaf,
    pem: [leaf, ...intermediates].map(one => one.pem).join(''),
    ...(key === undefined ? {} : { key }),
    faults: [
      ...(verdict.valid ? [] : [verdict.reason]),
      ...(leaf.isCa ? ['is the certificate of a CA'] : []),
      ...[subjectFault(nameAttributes(leaf.subjectDer), place.subject)].filter(fault => fault !== undefined),
      // TLS 1.3 proves the possession of a key with a signature.
      ...(leaf.keyUsages?.includes('digitalSignature') === false ? ['lacks the key usage digitalSignature'] : []),
      ...usageFaults(leaf.x509.keyUsage ?? [], place.usages),
      ...(missing.length > 0 ? [`is not valid for ${missing.join(', ')}`] : []),
      ...(key === undefined ? [noKey(place.keys)] : []),
    ],
    warnings:
      extra.length > 0 ? [`is also valid for ${extra.join(', ')}, which the configuration does not ask for`] : [],
  }
}

function usageFaults(found: readonly string[], wanted: readonly Usage[]): readonly string[] {
  const nameOf = (oid: string) => Object.entries(usageOids).find(([, known]) => known === oid)?.[0] ?? oid
  const missing = wanted.filter(usage => !found.includes(usageOids[usage]))
  const extra = found.map(nameOf).filter(usage => !wanted.some(one => one === usage))
  return [
    ...(missing.length > 0 ? [`lacks the extended key usages ${missing.join(', ')}`] : []),
    ...(extra.length > 0 ? [`has the extended key usages ${extra.join(', ')}, which its name does not allow`] : []),
  ]
}

function comparedNames(found: AltNames, wanted: AltNames): readonly [readonly string[], readonly string[]] {
  const own = [...found.dns, ...found.ips]
  const asked = [...wanted.dns, ...wanted.ips]
  return [asked.filter(name => !own.includes(name)), own.filter(name => !asked.includes(name))]
}

function noKey(keys: readonly CandidateKey[]): string {
  if (keys.length === 0) return 'has no key, neither on the host nor in a file next to it'
  return `does not belong to the key in ${keys.map(({ path }) => path).join(', or in ')}`
}
