import { isIPv6 } from 'node:net'

/** The parts of a URL as kubeadm sees them. */
export interface GoUrl {
  /** In lower case, without the colon; empty if the URL has none. */
  readonly scheme: string
  /** `host`, `host:port` or `[v6]:port`, unescaped. */
  readonly host: string
  /** Unescaped; empty if the text after the scheme has no slash. */
  readonly path: string
}

class Fault extends Error {}

/**
 * Parses a URL as Go's url.Parse does, so that kadm accepts and rejects the same URLs as kubeadm; `message` is the
 * reason for a rejection. The URL class of Node.js escapes, completes and rejects differently.
 */
export function parseGoUrl(text: string): GoUrl | { readonly message: string } {
  try {
    const [beforeFragment = '', ...fragment] = text.split('#')
    const url = parse(beforeFragment)
    decode(fragment.join('#'), 'path')
    return url
  } catch (error) {
    if (error instanceof Fault) return { message: error.message }
    throw error
  }
}

/** Returns the path of a socket URL: `/run/x.sock` for `unix:///run/x.sock` and for `unix:/run/x.sock`. */
export function socketPath(socket: string): string {
  const url = parseGoUrl(socket)
  return 'message' in url || url.scheme !== 'unix' ? socket : url.path
}

/** Splits host and port; the port is empty if there is none. Source: Go's URL.Hostname and URL.Port. */
export function hostAndPort({ host }: Pick<GoUrl, 'host'>): { readonly name: string; readonly port: string } {
  const [, name = host, port = ''] = /^(.*):(\d*)$/su.exec(host) ?? []
  return { name: name.replace(/^\[(.*)\]$/su, '$1'), port }
}

/** Returns why an HTTP client cannot connect to a valid URL; undefined for other schemes. */
export function unreachable(url: GoUrl): string | undefined {
  if (url.scheme !== 'http' && url.scheme !== 'https') return undefined
  const { name, port } = hostAndPort(url)
  if (name === '') return 'the URL has no host'
  return port === '' || (Number(port) >= 1 && Number(port) <= 65535) ? undefined : `port ${port} is not valid`
}

function parse(text: string): GoUrl {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new Fault('invalid control character in URL')
  if (text === '*') return { scheme: '', host: '', path: '*' }
  if (text.startsWith(':')) throw new Fault('missing protocol scheme')
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]
  const [rest = ''] = (scheme === undefined ? text : text.slice(scheme.length + 1)).split('?')
  const known = scheme?.toLowerCase() ?? ''
  if (!rest.startsWith('/')) {
    if (scheme !== undefined) return { scheme: known, host: '', path: '' }
    if (rest.split('/')[0]?.includes(':')) throw new Fault('first path segment in URL cannot contain colon')
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== undefined || !rest.startsWith('///'))
  if (!hasAuthority) return { scheme: known, host: '', path: decode(rest, 'path') }
  const [, authority = '', path = ''] = /^\/\/([^/]*)(.*)$/su.exec(rest) ?? []
  return { scheme: known, host: parseAuthority(known, authority), path: decode(path, 'path') }
}

function parseAuthority(scheme: string, authority: string): string {
  const at = authority.lastIndexOf('@')
  const host = parseHost(scheme, authority.slice(at + 1))
  if (at < 0) return host
  const user = authority.slice(0, at)
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) throw new Fault('invalid userinfo')
  decode(user, 'path')
  return host
}

function parseHost(scheme: string, text: string): string {
  const open = text.lastIndexOf('[')
  if (open > 0) throw new Fault('invalid IP-literal')
  if (open === 0) return parseLiteral(text)
  // A list of hosts with ports has several colons. http and https URLs do not allow it.
  const strict = scheme === 'http' || scheme === 'https'
  const colon = strict ? text.indexOf(':') : text.lastIndexOf(':')
  if (colon >= 0) checkPort(text.slice(colon))
  return decode(text, 'host')
}

function parseLiteral(text: string): string {
  const close = text.lastIndexOf(']')
  if (close < 0) throw new Fault("missing ']' in host")
  const port = text.slice(close + 1)
  checkPort(port)
  const inside = text.slice(1, close)
  const zone = inside.indexOf('%25')
  const name =
    zone < 0 ? decode(inside, 'host') : decode(inside.slice(0, zone), 'host') + decode(inside.slice(zone), 'zone')
  const [address = '', ...rest] = name.split('%')
  if (!isIPv6(address) || (name.includes('%') && rest.join('%') === '')) throw new Fault('invalid host')
  return `[${name}]${port}`
}

function checkPort(text: string): void {
  if (!/^(:[0-9]*)?$/.test(text)) throw new Fault(`invalid port "${text}" after host`)
}

const hostCharacters = /^[A-Za-z0-9\-._~!"$&'()*+,:;<=>[\]]$/

function decode(text: string, mode: 'path' | 'host' | 'zone'): string {
  const plain = text.replace(/%[0-9a-f]{2}/gi, found => {
    const byte = Number.parseInt(found.slice(1), 16)
    const character = String.fromCharCode(byte)
    // In a host, only non-ASCII bytes may be escaped. In a zone, only bytes that need it.
    if (mode === 'host' && byte < 0x80 && found !== '%25') throw new Fault(`invalid URL escape "${found}"`)
    if (mode === 'zone' && found !== '%25' && character !== ' ' && !hostCharacters.test(character)) {
      throw new Fault(`invalid URL escape "${found}"`)
    }
    return ''
  })
  const wrong = /%.{0,2}/s.exec(plain)?.[0]
  if (wrong !== undefined) throw new Fault(`invalid URL escape "${wrong}"`)
  const bad = mode === 'path' ? undefined : [...plain].find(one => one < '\u0080' && !hostCharacters.test(one))
  if (bad !== undefined) throw new Fault(`invalid character ${JSON.stringify(bad)} in host name`)
  return decoded(text)
}

function decoded(text: string): string {
  const bytes = text.split(/(%[0-9a-f]{2})/i).map((part, i) => {
    return i % 2 === 1 ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part)
  })
  return Buffer.concat(bytes).toString()
}
