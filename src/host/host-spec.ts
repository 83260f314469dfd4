import { given } from '../cluster/given.ts'
import { KadmError } from '../errors/kadm-error.ts'

/** A host as the operator names it: `[user@]address[:port]`. */
export interface HostSpec {
  /** Address, DNS name or SSH configuration alias; IPv6 without brackets. */
  readonly host: string
  readonly user?: string
  readonly port?: number
}

/** Parses `[user@]address[:port]`; an IPv6 address with a port is in brackets. Throws USAGE. */
export function parseHostSpec(text: string): HostSpec {
  const at = text.lastIndexOf('@')
  const user = at === -1 ? undefined : text.slice(0, at)
  const { host, port } = splitPort(text.slice(at + 1))
  if (user === '' || host === '' || /[/@[\]]/.test(host)) throw invalid(text)
  const fault = nameFault(host, user)
  if (fault !== undefined) throw invalid(text, fault)
  const number = port === undefined ? undefined : Number(port)
  if (number !== undefined && !(/^\d+$/.test(port ?? '') && number > 0 && number < 65_536)) throw invalid(text)
  return { host, ...given({ user, port: number }) }
}

/** An IPv6 address with a zone as OpenSSH accepts it: the name of any interface, such as `eth0.100`, or its number. */
const ipv6 = String.raw`[0-9A-Fa-f:.]+(?:%[^\s/%@:[\]]+)?`

function splitPort(text: string): { host: string; port?: string | undefined } {
  const bracketed = new RegExp(`^\\[(${ipv6})\\](?::(.*))?$`).exec(text)
  if (bracketed !== null) return { host: bracketed[1] ?? '', port: bracketed[2] }
  const parts = text.split(':')
  if (parts.length === 2) return { host: parts[0] ?? '', port: parts[1] }
  if (parts.length > 2 && !new RegExp(`^${ipv6}$`).test(text)) return { host: '' }
  return { host: text }
}

/**
 * Returns why OpenSSH would reject a name that can become part of a command. User names have fewer restrictions: names
 * of domain users contain a backslash, those of domain computers end with `$`.
 */
export function nameFault(host: string, user: string | undefined): string | undefined {
  if (/^-|['`"$\\;&<>|(){}\s\p{Cc}]/u.test(host)) return 'hostname contains invalid characters'
  if (user === undefined || !/^-|['`";&<>|(){}\p{Cc}]|\s-|\\$/u.test(user)) return undefined
  return 'remote username contains invalid characters'
}

function invalid(text: string, fault?: string): KadmError {
  const hint = 'write it as [user@]address[:port], such as root@10.0.0.1, ops@node1:2222 or root@[fd00::1]:2222'
  const why = fault === undefined ? '' : `: ${fault}`
  return new KadmError('USAGE', `"${text}" is not a valid SSH destination${why}`, { hint })
}
