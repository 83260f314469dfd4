import { normalizeIp } from './alt-names.ts'
import { extensionOids } from './extensions.ts'
import { parseSigningRequest, type SigningRequest } from './signing-request.ts'

export const kubeletServingSigner = 'kubernetes.io/kubelet-serving'

/** A CertificateSigningRequest as the API server stores it, with the identity that it authenticated. */
export interface StoredRequest {
  readonly signer: string
  readonly user: string
  readonly groups: readonly string[]
  readonly usages: readonly string[]
  /** PEM. */
  readonly request: string
}

/** The names and addresses of a node that the operator or the host itself vouches for. */
export interface KnownNode {
  readonly node: string
  /** Lower-case DNS names, and addresses in their shortest form. */
  readonly names: ReadonlySet<string>
  /** Names and addresses of the host that the node must not have in a certificate, with the reason. */
  readonly refused: ReadonlyMap<string, string>
}

export interface ServingVerdict {
  /** The node of the requesting user; undefined if the user is not a node. */
  readonly node?: string
  /** The DNS names and addresses that it asks for. */
  readonly sans: readonly string[]
  /** Why the request is not approved, as clauses; empty if it can be approved. */
  readonly reasons: readonly string[]
}

/**
 * Decides whether a kubelet may have the serving certificate that it asks for. The names in the request are compared with
 * what is known about the node from elsewhere, because a kubelet reports the addresses in its Node object itself.
 */
export function judgeServingRequest(stored: StoredRequest, known: ReadonlyMap<string, KnownNode>): ServingVerdict {
  const node = /^system:node:(.+)$/.exec(stored.user)?.[1]
  const request = parseSigningRequest(stored.request)
  const sans = request === undefined ? [] : [...request.sans.dns, ...request.sans.ips]
  const reasons = [
    ...requesterFaults(stored, node),
    ...(request === undefined
      ? ['it does not contain one certificate request that can be read']
      : [...contentFaults(request, stored.user), ...(node === undefined ? [] : sanFaults(request, node, known))]),
  ]
  return { sans, reasons, ...(node === undefined ? {} : { node }) }
}

function requesterFaults({ signer, user, groups, usages }: StoredRequest, node: string | undefined): readonly string[] {
  return [
    ...(signer === kubeletServingSigner ? [] : [`its signer is ${signer}, not ${kubeletServingSigner}`]),
    ...(node === undefined ? [`its requester ${user} is not a node (system:node:NAME)`] : []),
    ...(groups.includes('system:nodes') ? [] : [`its requester ${user} is not in the group system:nodes`]),
    ...usageFaults(usages),
  ]
}

const requiredUsages = ['digital signature', 'server auth']
/** Keys of RSA have it in addition. */
const rsaUsage = 'key encipherment'

function usageFaults(usages: readonly string[]): readonly string[] {
  const wrong = usages.filter(usage => !requiredUsages.includes(usage) && usage !== rsaUsage)
  const missing = requiredUsages.filter(usage => !usages.includes(usage))
  return [
    ...wrong.map(usage => `it asks for the usage "${usage}", which a kubelet does not serve with`),
    ...missing.map(usage => `it does not ask for the usage "${usage}"`),
  ]
}

const commonName = '2.5.4.3'
const organization = '2.5.4.10'

function contentFaults(request: SigningRequest, user: string): readonly string[] {
  const other = request.extensions.filter(oid => oid !== extensionOids.subjectAltName)
  const again = request.extensions.length - other.length > 1
  return [
    ...(request.signed ? [] : ['it is not signed with the key that it asks a certificate for']),
    ...subjectFaults(request, user),
    ...other.map(oid => `it asks for the extension ${oid}`),
    ...(again ? ['it has several lists of alternative names'] : []),
    ...request.otherAttributes.map(oid => `it has the attribute ${oid}`),
    ...(request.otherSans > 0 ? ['it asks for alternative names that are neither DNS names nor addresses'] : []),
  ]
}

function subjectFaults({ subject }: SigningRequest, user: string): readonly string[] {
  const wanted = [
    [organization, 'system:nodes'],
    [commonName, user],
  ] as const
  const exact =
    subject.length === wanted.length &&
    wanted.every(([oid, value]) => subject.some(attribute => attribute.oid === oid && attribute.value === value))
  if (exact) return []
  return [`its subject is ${showSubject(subject)}, not exactly O=system:nodes, CN=${user}`]
}

const attributeNames: Readonly<Record<string, string>> = { [commonName]: 'CN', [organization]: 'O', '2.5.4.11': 'OU' }

function showSubject(subject: SigningRequest['subject']): string {
  const shown = subject.map(({ oid, value }) => `${attributeNames[oid] ?? oid}=${value}`)
  return shown.length === 0 ? 'empty' : shown.join(', ')
}

function sanFaults({ sans }: SigningRequest, node: string, known: ReadonlyMap<string, KnownNode>): readonly string[] {
  const names = [...sans.dns.map(name => name.toLowerCase()), ...sans.ips.map(ip => normalizeIp(ip) ?? ip)]
  if (names.length === 0) return ['it asks for no DNS name and no address']
  const place = known.get(node)
  if (place === undefined)
    return [`the names and addresses of ${node} are not known: give its host with --host, or --san`]
  return names.flatMap(name => {
    const why = place.refused.get(name)
    if (why !== undefined) return [`it asks for ${name}, which ${why}`]
    return place.names.has(name) ? [] : [`it asks for ${name}, which is not a name or an address of ${node}`]
  })
}
