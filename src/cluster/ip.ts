import ipaddr from 'ipaddr.js'

export type Ip = ipaddr.IPv4 | ipaddr.IPv6

/**
 * Parses an address as Kubernetes does (netutils.ParseIPSloppy): numbers are decimal and may have leading zeros; zones
 * are not allowed. An IPv4-mapped IPv6 address stays IPv6: see `unmapped`.
 */
export function readIp(text: string): Ip | undefined {
  return /^[^:]*\./.test(text) ? readIp4(text) : readIp6(text)
}

/** Returns `10.0.0.1` for `::ffff:10.0.0.1`, which Go prints and treats as IPv4. */
export function unmapped(address: Ip): Ip {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

/** Formats an address as Go does: the shortest form, with IPv4-mapped IPv6 as IPv4. */
export function ipText(address: Ip): string {
  const plain = unmapped(address)
  return plain instanceof ipaddr.IPv6 ? plain.toRFC5952String() : plain.toString()
}

export interface Network {
  /** The first address. IPv4-mapped IPv6 keeps its sixteen bytes, and so its long prefix. */
  readonly first: Ip
  readonly prefix: number
  readonly bits: 32 | 128
}

/** Parses `10.96.1.5/12` as Kubernetes does (netutils.ParseCIDRSloppy); undefined if it is not a network. */
export function readNetwork(text: string): Network | undefined {
  const [, host = '', digits = ''] = /^([^/]*)\/(\d+)$/.exec(text) ?? []
  const address = readIp4(host) ?? readIp6(host)
  const prefix = Number(digits)
  const bits = address instanceof ipaddr.IPv4 ? 32 : 128
  if (address === undefined || digits === '' || prefix > bits) return undefined
  const kept = (i: number) => Math.min(8, Math.max(0, prefix - 8 * i))
  const masked = address.toByteArray().map((byte, i) => byte & (0xff << (8 - kept(i))))
  return { first: ipaddr.fromByteArray(masked), prefix, bits }
}

function readIp4(text: string): ipaddr.IPv4 | undefined {
  const parts = /^\d+\.\d+\.\d+\.\d+$/.test(text) ? text.split('.').map(Number) : []
  return parts.length === 4 && parts.every(part => part <= 0xff) ? new ipaddr.IPv4(parts) : undefined
}

/** Parses groups of hexadecimal digits. The last two groups can be an IPv4 address; `::` is one run of zero groups. */
function readIp6(text: string): ipaddr.IPv6 | undefined {
  if (!text.includes(':')) return undefined
  const [before = '', after, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const head = readGroups(before)
  const tail = readGroups(after ?? '')
  if (head === undefined || tail === undefined) return undefined
  if (after !== undefined && before.includes('.')) return undefined
  const missing = 8 - head.length - tail.length
  if (after === undefined ? missing !== 0 : missing < 1) return undefined
  return new ipaddr.IPv6([...head, ...Array<number>(missing).fill(0), ...tail])
}

function readGroups(text: string): readonly number[] | undefined {
  if (text === '') return []
  const groups = text.split(':').flatMap((group, i, all): readonly (number | undefined)[] => {
    if (i === all.length - 1 && group.includes('.')) {
      const bytes = readIp4(group)?.octets
      return bytes === undefined ? [undefined] : [pair(bytes[0], bytes[1]), pair(bytes[2], bytes[3])]
    }
    const value = /^[0-9a-f]+$/i.test(group) ? Number.parseInt(group, 16) : undefined
    return [value !== undefined && value <= 0xffff ? value : undefined]
  })
  return groups.every(group => group !== undefined) ? groups : undefined
}

function pair(high = 0, low = 0): number {
  return high * 256 + low
}
