import ipaddr from 'ipaddr.js'
import { ipText } from '../cluster/ip.ts'
import { type AltNames, altNames, noAltNames } from './alt-names.ts'
import { type Asn1, children, content, contextTag, decodeDer, oidOf, tags } from './der.ts'
import { decodeKeyUsages, extensionOids, usageOids } from './extensions.ts'
import type { Profile } from './profile.ts'
import type { RawExtension } from './tbs.ts'

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const dnsName = new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`)

/** True for a DNS name as Kubernetes accepts it in a certificate; the first label may be a wildcard. */
export function isDnsName(name: string): boolean {
  return dnsName.test(name) && name.length <= 253 && name.split('.').every(part => part.length <= 63)
}

/** Returns the alternative names that a request asks for. Only a server certificate has them. */
export function requestedNames(
  extensions: readonly RawExtension[],
  { usages }: Profile,
): { readonly sans: AltNames; readonly faults: readonly string[] } {
  const serves = usages.includes('serverAuth')
  const extension = extensions.find(({ oid }) => oid === extensionOids.subjectAltName)
  const none = (...faults: readonly string[]) => ({ sans: noAltNames, faults })
  if (extension === undefined) return serves ? none('has no subject alternative names') : none()
  if (!serves) return none('has subject alternative names, which a client certificate does not have')
  const value = decoded(extension)
  const entries = value?.type === tags.sequence ? children(value).map(readName) : []
  if (entries.length === 0) return none('has subject alternative names that cannot be read')
  return {
    sans: altNames(entries.flatMap(entry => ('name' in entry ? [entry.name] : []))),
    faults: entries.flatMap(entry => ('fault' in entry ? [entry.fault] : [])),
  }
}

function readName(node: Asn1): { readonly name: string } | { readonly fault: string } {
  const bytes = content(node)
  const tag = contextTag(node)
  if (tag === 7 && [4, 16].includes(bytes.length)) return { name: ipText(ipaddr.fromByteArray([...bytes])) }
  if (tag === 7) return { fault: `has an IP address of ${bytes.length} bytes` }
  if (tag !== 2) return { fault: `has an alternative name of the kind ${nameKinds[tag ?? -1] ?? 'unknown'}` }
  const name = bytes.toString('latin1')
  return isDnsName(name) ? { name } : { fault: `has the DNS name ${JSON.stringify(name)}, which is not valid` }
}

const nameKinds: Readonly<Record<number, string>> = {
  0: 'otherName',
  1: 'email',
  3: 'x400Address',
  4: 'directoryName',
  5: 'ediPartyName',
  6: 'URI',
  8: 'registeredID',
}

/** Returns the requested extensions that the profile does not allow. */
export function extensionFaults(extensions: readonly RawExtension[], profile: Profile): readonly string[] {
  const oids = extensions.map(({ oid }) => oid)
  const twice = [...new Set(oids.filter((oid, i) => oids.indexOf(oid) < i))]
  const judged = extensions.map(extension => {
    const { oid } = extension
    if (oid === extensionOids.subjectAltName) return undefined
    const judge = judges[oid]
    if (judge === undefined) return `asks for the extension ${oid}`
    const value = decoded(extension)
    const readable = value !== undefined && value.type === judge.type && contextTag(value) === undefined
    return readable ? judge.fault(value, profile) : `asks for the extension ${oid} with a value that cannot be read`
  })
  return [...twice.map(oid => `asks for the extension ${oid} twice`), ...judged.filter(fault => fault !== undefined)]
}

interface Judge {
  readonly type: number
  readonly fault: (value: Asn1, profile: Profile) => string | undefined
}

const judges: Readonly<Record<string, Judge>> = {
  [extensionOids.basicConstraints]: {
    type: tags.sequence,
    fault(value) {
      const [flag, ...rest] = children(value)
      if (flag === undefined) return undefined
      if (flag.type !== tags.boolean || content(flag)[0] !== 0) return 'asks to be a CA (CA:TRUE)'
      return rest.length > 0 ? 'asks for a path length, as a CA has it' : undefined
    },
  },
  [extensionOids.keyUsage]: {
    type: tags.bitString,
    fault(value) {
      const others = decodeKeyUsages(value).filter(usage => !leafKeyUsages.includes(usage))
      return others.length === 0 ? undefined : `asks for the key usages ${others.join(', ')}`
    },
  },
  [extensionOids.extendedKeyUsage]: {
    type: tags.sequence,
    fault(value, { usages }) {
      const allowed = usages.map(usage => usageOids[usage])
      const others = children(value)
        .map(oidOf)
        .filter(oid => !allowed.includes(oid))
      const named = others.map(oid => Object.entries(usageOids).find(([, known]) => known === oid)?.[0] ?? oid)
      return others.length === 0 ? undefined : `asks for the extended key usages ${named.join(', ')}`
    },
  },
}

const leafKeyUsages = ['digitalSignature', 'keyEncipherment']

function decoded({ value }: RawExtension): Asn1 | undefined {
  try {
    return decodeDer(value)
  } catch {
    return undefined
  }
}
