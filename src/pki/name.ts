import { type Asn1, children, content, decodeDer, der, encodeDer, oidOf, tags } from './der.ts'

/** A distinguished name as Kubernetes uses it: a user and its groups. */
export interface Subject {
  readonly commonName: string
  readonly organizations: readonly string[]
}

const oids = { commonName: '2.5.4.3', organization: '2.5.4.10' }
// Go's encoder does not allow `*` and `&` in PrintableString, although others do.
const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/

/** Encodes a name as Go does: all O values in one RDN, then CN; PrintableString if the text allows it. */
export function encodeName(subject: Subject): Buffer {
  const groups = subject.organizations.map(value => attribute(oids.organization, value))
  const rdns = groups.length > 0 ? [der.setOf(...groups)] : []
  if (subject.commonName !== '') rdns.push(der.setOf(attribute(oids.commonName, subject.commonName)))
  return encodeDer(der.sequence(...rdns))
}

function attribute(oid: string, value: string): Asn1 {
  return der.sequence(der.oid(oid), der.string(printable.test(value) ? tags.printable : tags.utf8, value))
}

/** One attribute of a name with the tag of its string type. */
export interface NameAttribute {
  readonly oid: string
  readonly tag: number
  readonly value: string
}

/** Returns the attributes of a name in order, with flattened RDN sets. */
export function nameAttributes(name: Uint8Array): readonly NameAttribute[] {
  const pairs = children(decodeDer(name)).flatMap(rdn => children(rdn).map(children))
  return pairs.flatMap(([oid, value]) =>
    oid === undefined || value === undefined
      ? []
      : [{ oid: oidOf(oid), tag: value.type, value: content(value).toString('utf8') }],
  )
}

export function decodeName(name: Uint8Array): Subject {
  const attributes = nameAttributes(name)
  return {
    commonName: attributes.findLast(({ oid }) => oid === oids.commonName)?.value ?? '',
    organizations: attributes.filter(({ oid }) => oid === oids.organization).map(({ value }) => value),
  }
}
