import ipaddr from 'ipaddr.js'
import { ipText, readIp } from '../cluster/ip.ts'
import { type Asn1, children, content, contextTag, der } from './der.ts'

/** Subject alternative names, with addresses in their shortest form. */
export interface AltNames {
  readonly dns: readonly string[]
  readonly ips: readonly string[]
}

export const noAltNames: AltNames = { dns: [], ips: [] }

/**
 * Returns an address in its shortest form; undefined if it is not valid. As in kubeadm, IPv4 may have leading zeros.
 */
export function normalizeIp(text: string): string | undefined {
  const address = readIp(text)
  return address === undefined ? undefined : ipText(address)
}

/** Separates names and addresses: names sorted bytewise, addresses in the given order, each once. */
export function altNames(entries: readonly string[]): AltNames {
  const ips = entries.flatMap(entry => normalizeIp(entry) ?? [])
  const dns = entries.filter(entry => normalizeIp(entry) === undefined)
  return { dns: [...new Set(dns)].sort(bytewise), ips: [...new Set(ips)] }
}

function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

const dnsTag = 2
const ipTag = 7

/** Encodes GeneralNames (RFC 5280, 4.2.1.6): names first, then addresses. */
export function encodeAltNames(names: AltNames): Asn1 {
  return der.sequence(
    ...names.dns.map(name => der.implicit(dnsTag, Buffer.from(name))),
    ...names.ips.map(ip => der.implicit(ipTag, Uint8Array.from(ipaddr.process(ip).toByteArray()))),
  )
}

export function decodeAltNames(node: Asn1): AltNames {
  const of = (tag: number) =>
    children(node)
      .filter(name => contextTag(name) === tag)
      .map(content)
  return {
    dns: of(dnsTag).map(bytes => bytes.toString('utf8')),
    ips: of(ipTag).map(bytes => ipText(ipaddr.fromByteArray([...bytes]))),
  }
}
