import { type Asn1, children, content, contextTag, decodeDer, encodeDer, oidOf, tags } from './der.ts'

export interface RawExtension {
  readonly oid: string
  readonly critical: boolean
  readonly value: Buffer
}

/** The parts of a TBSCertificate (RFC 5280, 4.1), names as DER. */
export interface TbsCertificate {
  readonly version: number
  readonly serial: Buffer
  readonly signature: Asn1
  readonly issuer: Buffer
  readonly validity: readonly Asn1[]
  readonly subject: Buffer
  readonly extensions: readonly RawExtension[]
}

/** Parses a certificate. Throws if its DER is not valid. */
export function readTbs(certificate: Uint8Array): TbsCertificate {
  const tbs = must(children(decodeDer(certificate))[0])
  const parts = [...children(tbs)]
  const version = parts[0] !== undefined && contextTag(parts[0]) === 0 ? must(parts.shift()) : undefined
  const [serial, signature, issuer, validity, subject, , ...optional] = parts
  return {
    version: version === undefined ? 1 : (content(must(children(version)[0]))[0] ?? 0) + 1,
    serial: content(must(serial)),
    signature: must(signature),
    issuer: encodeDer(must(issuer)),
    validity: children(must(validity)),
    subject: encodeDer(must(subject)),
    extensions: optional.filter(node => contextTag(node) === 3).flatMap(readExtensions),
  }
}

function readExtensions(wrapper: Asn1): readonly RawExtension[] {
  return extensionsIn(must(children(wrapper)[0]))
}

/** Returns the members of Extensions (RFC 5280, 4.1). Throws if one is incomplete. */
export function extensionsIn(list: Asn1): readonly RawExtension[] {
  return children(list).map(node => {
    const items = children(node)
    const critical = items.find(item => item.type === tags.boolean)
    return {
      oid: oidOf(must(items[0])),
      critical: critical !== undefined && content(critical)[0] !== 0,
      value: content(must(items.at(-1))),
    }
  })
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a part of the certificate is missing')
  return value
}
