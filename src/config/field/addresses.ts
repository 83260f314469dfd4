import ipaddr from 'ipaddr.js'
import { type Ip, ipText, type Network, readIp, readNetwork, unmapped } from '../../cluster/ip.ts'

export interface Subnet {
  /** With the host bits cleared, as Go shows it: `10.96.0.0/12`. */
  readonly text: string
  readonly family: 4 | 6
  /** As written: 112 for `::ffff:10.96.0.0/112`, although it is an IPv4 network. */
  readonly prefix: number
  readonly bits: 32 | 128
}

/** Returns an IP address as Go formats it; undefined if it is not valid. */
export function parseIp(text: string): string | undefined {
  const address = readIp(text)
  return address === undefined ? undefined : ipText(address)
}

/** Parses `10.96.0.0/12,fd00::/108`: one or more networks separated by commas; undefined if one is not a CIDR. */
export function parseSubnets(text: string): readonly Subnet[] | undefined {
  const networks = text.split(',').map(readNetwork)
  return networks.every(network => network !== undefined) ? networks.map(toSubnet) : undefined
}

function toSubnet(network: Network): Subnet {
  const { first, prefix, bits } = network
  const plain = unmapped(first)
  return {
    text: `${ipText(first)}/${ownPrefix(network)}`,
    family: plain instanceof ipaddr.IPv4 ? 4 : 6,
    prefix,
    bits,
  }
}

/** Returns the number of prefix bits for the family of the address. */
function ownPrefix({ first, prefix, bits }: Network): number {
  return bits === 128 && unmapped(first) instanceof ipaddr.IPv4 ? prefix - 96 : prefix
}

/** Source: Go's IP.IsGlobalUnicast. True for addresses of `0.0.0.0/8` and `255.0.0.0/8`, false for link-local ones. */
export function isGlobalUnicast(address: string): boolean {
  const range: string = ipaddr.parse(address).range()
  const unusable = ['broadcast', 'multicast', 'linkLocal', 'loopback']
  return !unusable.includes(range) && !isUnspecified(address)
}

export function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}

export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'loopback'
}

/** Returns 4 or 6; undefined if it is not an address. */
export function familyOf(address: string): 4 | 6 | undefined {
  const found = readIp(address)
  if (found === undefined) return undefined
  return unmapped(found) instanceof ipaddr.IPv4 ? 4 : 6
}

/** True if two networks of one family share addresses: the larger one contains the first address of the smaller. */
export function overlap(a: string, b: string): boolean {
  const [first, second] = [a, b].map(plainNetwork)
  if (first === undefined || second === undefined) return false
  return within(first.address, second, Math.min(first.prefix, second.prefix))
}

/** True if an address is in a network (`10.96.0.0/12`). */
export function contains(network: string, address: string): boolean {
  const [plain, found] = [plainNetwork(network), readIp(address)]
  if (plain === undefined || found === undefined) return false
  return within(unmapped(found), plain, plain.prefix)
}

function plainNetwork(text: string): { readonly address: Ip; readonly prefix: number } | undefined {
  const network = readNetwork(text)
  return network === undefined ? undefined : { address: unmapped(network.first), prefix: ownPrefix(network) }
}

function within(address: Ip, network: { readonly address: Ip }, prefix: number): boolean {
  return address.kind() === network.address.kind() && address.match(network.address, prefix)
}
