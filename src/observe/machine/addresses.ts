import ipaddr from 'ipaddr.js'
import { type Answers, lines } from './questions.ts'

type Family = 'ipv4' | 'ipv6'

/** An interface, in the order of the kernel. */
export interface Interface {
  readonly name: string
  readonly up: boolean
  readonly loopback: boolean
  readonly pointToPoint: boolean
  /** 0 if unknown. */
  readonly mtu: number
  readonly addresses: readonly string[]
}

/** The network of a host. `routes` names the interfaces with a default route. */
export interface NetworkFacts {
  readonly interfaces: readonly Interface[]
  /** False if the kernel has no IPv4 route table. */
  readonly routeFile: boolean
  readonly routes: Readonly<Record<Family, readonly string[]>>
}

/** Without `ip`, the addresses come from the kernel's tables: IPv6 by interface, IPv4 by subnet. */
export const networkQuestions = {
  links: 'cd /sys/class/net && for i in *; do echo "$i $(cat "$i/ifindex") $(cat "$i/flags") $(cat "$i/mtu")"; done',
  addresses: 'ip -o addr',
  routeFile: 'test -e /proc/net/route && echo yes',
  routes4: 'cat /proc/net/route',
  routes6: 'cat /proc/net/ipv6_route',
  local4: 'command -v ip >/dev/null || cat /proc/net/fib_trie',
  local6: 'command -v ip >/dev/null || cat /proc/net/if_inet6',
} as const

const flagUp = 0x1
const flagLoopback = 0x8
const flagPointToPoint = 0x10

export function parseNetwork(answers: Answers): NetworkFacts {
  const listed = [...ipAddresses(answers('addresses')), ...tableAddresses(answers)]
  const links = lines(answers('links')).map(line => line.split(' '))
  links.sort((a, b) => Number(a[1]) - Number(b[1]))
  return {
    interfaces: links.map(([name = '', , flags, mtu]) => ({
      name,
      up: (Number(flags) & flagUp) !== 0,
      loopback: (Number(flags) & flagLoopback) !== 0,
      pointToPoint: (Number(flags) & flagPointToPoint) !== 0,
      mtu: Number(mtu ?? 0),
      addresses: listed.filter(entry => entry.name === name).map(entry => entry.address),
    })),
    routeFile: answers('routeFile').trim() === 'yes',
    routes: { ipv4: defaultRoutes4(answers('routes4')), ipv6: defaultRoutes6(answers('routes6')) },
  }
}

/**
 * Returns the host's own address of one family, chosen as in kubeadm (apimachinery ChooseHostInterface): from the
 * interface of the first default route, else a global address of the loopback; without a route table from any interface
 * that is up.
 */
export function defaultAddress(facts: NetworkFacts, family: Family): string | undefined {
  const up = facts.interfaces.filter(link => link.up)
  if (!facts.routeFile)
    return firstGlobal(
      up.filter(link => !link.loopback && !link.pointToPoint),
      family,
    )
  const loopbacks = up.filter(link => link.loopback)
  for (const name of facts.routes[family]) {
    const found = firstGlobal([...up.filter(link => link.name === name), ...loopbacks], family)
    if (found !== undefined) return found
  }
  return undefined
}

function firstGlobal(links: readonly Interface[], family: Family): string | undefined {
  return links.flatMap(link => link.addresses).find(address => isGlobal(address, family))
}

/** As Go's IsGlobalUnicast: true for private ranges, false for loopback, link-local, multicast and 0. */
function isGlobal(text: string, family: Family): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.parse(text)
  const narrow = ['loopback', 'linkLocal', 'multicast', 'broadcast', 'unspecified']
  if (address.kind() !== family || narrow.includes(address.range())) return false
  return text !== '0.0.0.0'
}

interface Listed {
  readonly name: string
  readonly address: string
}

/** Parses `2: eth0    inet 10.0.0.2/24 brd …`. With a peer, the own address is the first. */
function ipAddresses(text: string): readonly Listed[] {
  return lines(text).flatMap(line => {
    const match = /^\d+: ([^\s@]+)\S*\s+inet6? ([^\s/]+)/.exec(line)
    return match === null ? [] : [{ name: match[1] ?? '', address: match[2] ?? '' }]
  })
}

function tableAddresses(answers: Answers): readonly Listed[] {
  const v6 = lines(answers('local6')).map(line => {
    const fields = line.trim().split(/\s+/)
    return { name: fields.at(-1) ?? '', address: parseHex6(fields[0] ?? '') }
  })
  const subnets = lines(answers('routes4'))
    .slice(1)
    .map(line => line.split(/\s+/))
  const v4 = localsOf(answers('local4')).flatMap(address => {
    const owner = subnets.find(
      ([, dest = '', , , , , , mask = '']) => mask !== '00000000' && within(address, dest, mask),
    )
    return owner === undefined ? [] : [{ name: owner[0] ?? '', address }]
  })
  return [...v4, ...v6]
}

/** Parses `|-- 10.0.0.2` followed by `/32 host LOCAL`. */
function localsOf(trie: string): readonly string[] {
  const found = [...trie.matchAll(/\|-- (\S+)\n\s+\/32 host LOCAL/g)].map(match => match[1] ?? '')
  return [...new Set(found)]
}

function within(address: string, dest: string, mask: string): boolean {
  const own = littleEndian(address.split('.').map(Number))
  const bits = Number.parseInt(mask, 16)
  return ((own & bits) ^ (Number.parseInt(dest, 16) & bits)) === 0
}

function littleEndian(bytes: readonly number[]): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0)
}

function parseHex6(hex: string): string {
  const text = hex.match(/.{4}/g)?.join(':') ?? ''
  return ipaddr.isValid(text) ? ipaddr.parse(text).toString() : ''
}

function defaultRoutes4(text: string): readonly string[] {
  return lines(text)
    .map(line => line.split(/\s+/))
    .filter(fields => fields[1] === '00000000')
    .map(fields => fields[0] ?? '')
}

/** A default route without a gateway belongs to the loopback. */
function defaultRoutes6(text: string): readonly string[] {
  const none = '0'.repeat(32)
  return lines(text)
    .map(line => line.trim().split(/\s+/))
    .filter(fields => fields[0] === none && fields[4] !== none)
    .map(fields => fields[9] ?? '')
}
