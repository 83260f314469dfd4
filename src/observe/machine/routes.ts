import ipaddr from 'ipaddr.js'
import { type Answers, lines } from './questions.ts'

/** A network that is reached through an interface; not a default route. */
export interface Route {
  /** `10.0.0.0/24` */
  readonly network: string
  readonly link: string
}

/** In addition to the route tables for the host's own address. */
export const nameServerQuestion = 'cat /etc/resolv.conf /run/systemd/resolve/resolv.conf'

/** Parses the kernel's tables without link-local routes. */
export function parseRoutes(answers: Answers): readonly Route[] {
  return [...routes4(answers('routes4')), ...routes6(answers('routes6'))]
}

/** Returns the addresses of name servers, except those on the host itself. */
export function parseNameServers(text: string): readonly string[] {
  const named = [...text.matchAll(/^\s*nameserver\s+([^\s#;%]+)/gm)].map(match => match[1] ?? '')
  return [...new Set(named)].filter(text => ipaddr.isValid(text) && ipaddr.parse(text).range() !== 'loopback')
}

/** Parses `eth0 0000A8C0 00000000 0001 0 0 0 00FFFFFF …`: little-endian words. */
function routes4(text: string): readonly Route[] {
  return lines(text)
    .slice(1)
    .flatMap(line => {
      const [link = '', dest = '', , flags = '', , , , mask = ''] = line.trim().split(/\s+/)
      const [address, bytes] = [bytes4(dest), bytes4(mask)]
      const prefix = new ipaddr.IPv4(bytes).prefixLengthFromSubnetMask() ?? 0
      // Flag 0x200 marks a reject route.
      if (prefix === 0 || (Number.parseInt(flags, 16) & 0x200) !== 0 || address[0] === 169) return []
      return [{ network: `${address.join('.')}/${prefix}`, link }]
    })
}

/** `fd00…0000 40 000…0 00 000…0 00000100 00000001 00000000 00000001 eth0` */
function routes6(text: string): readonly Route[] {
  return lines(text).flatMap(line => {
    const [dest = '', hex = ''] = line.trim().split(/\s+/)
    const link = line.trim().split(/\s+/).at(-1) ?? ''
    const address = dest.match(/.{4}/g)?.join(':') ?? ''
    const prefix = Number.parseInt(hex, 16)
    if (!ipaddr.IPv6.isValid(address) || prefix === 0 || link === 'lo') return []
    const parsed = ipaddr.IPv6.parse(address)
    if (['linkLocal', 'multicast', 'loopback'].includes(parsed.range())) return []
    return [{ network: `${parsed.toRFC5952String()}/${prefix}`, link }]
  })
}

function bytes4(hex: string): number[] {
  const bytes = (hex.match(/../g) ?? []).reverse().map(byte => Number.parseInt(byte, 16))
  return bytes.length === 4 ? bytes : [0, 0, 0, 0]
}
