import ipaddr from 'ipaddr.js'
import { ipText, readNetwork } from './ip.ts'

/**
 * Returns the address at `index` of a network in CIDR notation: (`10.96.0.0/12`, 10) gives `10.96.0.10`; IPv6 in its
 * shortest form. Undefined if the text is not a CIDR or the network has fewer addresses.
 */
export function addressAt(cidr: string, index: number): string | undefined {
  const network = readNetwork(cidr)
  if (network === undefined) return undefined
  const { first, prefix } = network
  const bytes = first.toByteArray()
  const bits = BigInt(bytes.length * 8)
  const hostBits = bits - BigInt(prefix)
  if (index < 0 || BigInt(index) >= 1n << hostBits) return undefined
  const base = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  const value = ((base >> hostBits) << hostBits) + BigInt(index)
  const out = bytes.map((_, i) => Number((value >> (bits - 8n * BigInt(i + 1))) & 0xffn))
  return ipText(ipaddr.fromByteArray(out))
}

/** Splits a subnet field: one CIDR, or two (dual stack) separated by a comma. */
export function splitCidrs(text: string): readonly string[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
}

/** Returns the 10th address of the first service CIDR for kube-dns. As in kubeadm, the fallback is 10.96.0.10. */
export function dnsAddress(serviceSubnet: string): string {
  return addressAt(splitCidrs(serviceSubnet)[0] ?? '', 10) ?? '10.96.0.10'
}

/** True for an IPv6 address, including an IPv4-mapped one; false for IPv4 and for any other text. */
export function isIPv6(address: string): boolean {
  return ipaddr.IPv6.isValid(address)
}

/** Returns `host:port`, with brackets around an IPv6 host: Go's net.JoinHostPort. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
