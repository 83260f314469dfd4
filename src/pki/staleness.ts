import type { Cluster, ControlPlaneNode } from '../cluster/cluster.ts'
import { keyAlgorithm } from '../cluster/key-algorithm.ts'
import type { EncryptionAlgorithm } from '../cluster/spec.ts'
import type { AltNames } from './alt-names.ts'
import type { CertSpec } from './cert-table.ts'
import type { Certificate } from './certificate.ts'
import type { Usage } from './extensions.ts'
import { algorithmOf } from './keys.ts'
import type { Subject } from './name.ts'

/** The configured properties of a certificate. */
export interface WantedCertificate {
  readonly ca: boolean
  readonly subject: Subject
  readonly usages: readonly Usage[]
  readonly sans: AltNames
  readonly algorithm: EncryptionAlgorithm
  /** The CAs that may have signed it; none for a CA. */
  readonly cas?: readonly Certificate[]
}

/** Returns the configured properties of a certificate of the table. */
export function wantedOf(
  spec: CertSpec,
  cluster: Cluster,
  node: ControlPlaneNode,
  cas: readonly Certificate[] = [],
): WantedCertificate {
  return {
    ca: spec.signedBy === undefined,
    subject: spec.subject(node),
    usages: spec.usages,
    sans: spec.sans(cluster, node),
    algorithm: keyAlgorithm(cluster.config),
    cas,
  }
}

/**
 * Returns how an existing certificate differs from the configuration, as clauses that follow its name. The operator may
 * choose the name of a CA.
 */
export function staleness(found: Certificate, wanted: WantedCertificate): readonly string[] {
  if (wanted.ca) {
    return found.subject.commonName === wanted.subject.commonName ? compact([algorithmFault(found, wanted)]) : []
  }
  return [...attributeFaults(found, wanted), ...compact([algorithmFault(found, wanted)])]
}

/** Like staleness for a leaf, without its key: what a renewal takes over from the existing certificate. */
export function attributeFaults(found: Certificate, wanted: WantedCertificate): readonly string[] {
  return compact([
    difference('has the common name', [found.subject.commonName], [wanted.subject.commonName]),
    difference('has the organizations', found.subject.organizations, wanted.subject.organizations),
    difference('is valid for the names', namesOf(found.sans), namesOf(wanted.sans)),
    difference('has the usages', found.usages, wanted.usages),
  ])
}

function algorithmFault(found: Certificate, wanted: WantedCertificate): string | undefined {
  return difference('has a key of', [algorithmOf(found.publicKey)], [wanted.algorithm])
}

function namesOf(sans: AltNames): readonly string[] {
  return [...sans.dns, ...sans.ips]
}

function difference(what: string, found: readonly string[], wanted: readonly string[]): string | undefined {
  const missing = wanted.filter(item => !found.includes(item))
  const extra = found.filter(item => !wanted.includes(item))
  if (missing.length + extra.length === 0) return undefined
  const parts = [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(extra.length > 0 ? [`also has ${extra.join(', ')}`] : []),
  ]
  return `${what} ${found.join(', ') || '(none)'}, but the configuration asks for ${wanted.join(', ') || '(none)'} (${parts.join('; ')})`
}

function compact(clauses: readonly (string | undefined)[]): readonly string[] {
  return clauses.filter(clause => clause !== undefined)
}
