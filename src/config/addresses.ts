import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

export interface Subnet {
  /** With the host bits cleared: `10.96.0.0/12`. */
  readonly text: string
  readonly family: 4 | 6
  readonly prefix: number
  readonly bits: 32 | 128
}

/** An IP address in Go's spelling, undefined when it is none. Leading zeros are decimal (netutils.ParseIPSloppy). */
export function parseIp(text: string): string | undefined {
  const plain = text.replace(/(^|\.)0+(?=\d)/g, '$1')
  if (isIPv4(plain)) return plain
  if (!isIPv6(text) || text.includes('%')) return undefined
  const address = ipaddr.IPv6.parse(text)
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String()
}

/** `10.96.0.0/12,fd00::/108`: one network or more, separated by commas; undefined when one is no CIDR. */
export function parseSubnets(text: string): readonly Subnet[] | undefined {
  const subnets = text.split(',').map(parseSubnet)
  return subnets.every(subnet => subnet !== undefined) ? subnets : undefined
}

function parseSubnet(text: string): Subnet | undefined {
  const [, host = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const address = parseIp(host)
  if (address === undefined) return undefined
  const family = isIPv4(address) ? 4 : 6
  const bits = family === 4 ? 32 : 128
  const prefix = Number(digits)
  if (prefix > bits) return undefined
  const cidr = `${address}/${prefix}`
  const network =
    family === 4
      ? ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()
      : ipaddr.IPv6.networkAddressFromCIDR(cidr).toRFC5952String()
  return { text: `${network}/${prefix}`, family, prefix, bits }
}

/** True for an address that other machines can use: Go's IP.IsGlobalUnicast. */
export function isGlobalUnicast(address: string): boolean {
  const range: string = ipaddr.parse(address).range()
  return !['unspecified', 'broadcast', 'multicast', 'linkLocal', 'loopback'].includes(range)
}

export function isLoopback(address: string): boolean {
  return ipaddr.parse(address).range() === 'loopback'
}

/** True when two networks of one family share addresses: the larger one then holds the smaller one's first. */
export function overlap(a: string, b: string): boolean {
  const [first, second] = [ipaddr.parseCIDR(a), ipaddr.parseCIDR(b)]
  if (first[0].kind() !== second[0].kind()) return false
  return first[0].match(second[0], Math.min(first[1], second[1]))
}
