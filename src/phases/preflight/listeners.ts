import ipaddr from 'ipaddr.js'

/** A listening TCP socket; the address `0.0.0.0` or `::` means all addresses. */
export interface Listener {
  readonly address: string
  readonly port: number
}

/** Parses lines of /proc/net/tcp and tcp6: `0: 0100007F:1F90 00000000:0000 0A …`, addresses as little-endian words. */
export function parseListeners(text: string): readonly Listener[] {
  return [...text.matchAll(/^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) \S+ 0A /gm)].map(match => ({
    address: parseAddress(match[1] ?? ''),
    port: Number.parseInt(match[2] ?? '', 16),
  }))
}

/**
 * Returns the listener that prevents a server from listening on the port, at one address or (undefined) at all. As in
 * Go, a server for all IPv6 addresses also takes the IPv4 ones.
 */
export function holderOf(listeners: readonly Listener[], port: number, address?: string): Listener | undefined {
  return listeners.find(listener => listener.port === port && clash(listener.address, address))
}

/** True if a server cannot listen at the wanted address (undefined: all) while another holds `held`. */
export function clash(held: string, wanted: string | undefined): boolean {
  if (wanted === undefined || held === '::' || held === wanted) return true
  return (
    wanted === '::' || (held === '0.0.0.0' && !wanted.includes(':')) || (wanted === '0.0.0.0' && !held.includes(':'))
  )
}

function parseAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap(word => (word.match(/../g) ?? []).reverse().map(byte => Number.parseInt(byte, 16)))
  const address = ipaddr.fromByteArray(bytes)
  if (!(address instanceof ipaddr.IPv6)) return address.toString()
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String()
}
