import sshConfig from 'ssh-config'
import { KadmError } from '../errors/kadm-error.ts'
import type { HostSpec } from './host-spec.ts'

/** How to reach one machine: what the operator typed, over the SSH configuration, over OpenSSH's defaults. */
export interface SshSettings {
  readonly host: string
  readonly port: number
  readonly user: string
  /** Files named by the configuration; undefined means OpenSSH's default names. */
  readonly identityFiles?: readonly string[]
  /** Socket of the agent. */
  readonly agent?: string
  /** Where an accepted key is added: the first one. */
  readonly userKnownHosts: readonly string[]
  readonly globalKnownHosts: readonly string[]
  /** Name under which known_hosts lists the machine. */
  readonly knownAs: string
  readonly acceptNewHostKeys: boolean
  readonly hashKnownHosts: boolean
  readonly connectTimeoutMs: number
}

/** The person at the keyboard. */
export interface Operator {
  readonly user: string
  readonly home: string
  /** SSH_AUTH_SOCK. */
  readonly agent?: string
}

type Values = Readonly<Record<string, readonly string[]>>

/**
 * Applies the configuration texts (the user's first: the first value wins) to a machine. Throws NOT_BUILT where the
 * configuration asks for a way there that is not built: connecting without it would reach another machine, or none.
 * `Match exec` never matches: reading a configuration runs no command.
 */
export function resolveSshSettings(spec: HostSpec, texts: readonly string[], operator: Operator): SshSettings {
  const values = texts.map(text => compute(text, spec)).reduce(merge, {})
  refuseProxy(spec, values)
  const one = (key: string): string | undefined => values[key]?.[0]
  const user = spec.user ?? one('user') ?? operator.user
  const host = expand(one('hostname') ?? '%h', { h: spec.host })
  const port = spec.port ?? Number(one('port') ?? 22)
  const tokens = { d: operator.home, h: host, n: spec.host, p: String(port), r: user, u: operator.user }
  const files = (key: string) => values[key]?.filter(one => one !== 'none').map(path => filePath(path, tokens))
  const identityFiles = files('identityfile')
  const agent = agentSocket(one('identityagent'), operator.agent, path => filePath(path, tokens))
  return {
    host,
    port,
    user,
    ...(identityFiles === undefined ? {} : { identityFiles }),
    ...(agent === undefined ? {} : { agent }),
    userKnownHosts: files('userknownhostsfile') ?? defaultKnownHosts(`${operator.home}/.ssh/known_hosts`),
    globalKnownHosts: files('globalknownhostsfile') ?? defaultKnownHosts('/etc/ssh/ssh_known_hosts'),
    knownAs: one('hostkeyalias') ?? host,
    acceptNewHostKeys: ['accept-new', 'no', 'off'].includes(one('stricthostkeychecking')?.toLowerCase() ?? ''),
    hashKnownHosts: one('hashknownhosts')?.toLowerCase() === 'yes',
    connectTimeoutMs: seconds(one('connecttimeout')) ?? 10_000,
  }
}

function compute(text: string, spec: HostSpec): Values {
  // Canonicalising would ask the name servers by running a program.
  const config = sshConfig.parse(text.replace(/^\s*CanonicalizeHostname\b.*$/gim, ''))
  const host = { Host: spec.host, ...(spec.user === undefined ? {} : { User: spec.user }) }
  const found = config.compute(host, { ignoreCase: true, matchExec: false })
  return Object.fromEntries(Object.entries(found).map(([key, value]) => [key, [value].flat()]))
}

const accumulating = new Set(['identityfile'])

function merge(first: Values, second: Values): Values {
  const both = Object.entries(second).filter(([key]) => accumulating.has(key))
  const joined = both.map(([key, value]) => [key, [...(first[key] ?? []), ...value]])
  return { ...second, ...first, ...Object.fromEntries(joined) }
}

function refuseProxy(spec: HostSpec, values: Values): void {
  for (const [key, name] of [['proxyjump', 'ProxyJump'] as const, ['proxycommand', 'ProxyCommand'] as const]) {
    const value = values[key]?.join(' ')
    if (value === undefined || value === 'none') continue
    const message = `the SSH configuration of ${spec.host} has ${name} ${value}, which this version does not support`
    const hint = `run kadm where ${spec.host} can be reached directly, or set ${name} none for it`
    throw new KadmError('NOT_BUILT', message, { hint })
  }
}

function agentSocket(setting: string | undefined, fallback: string | undefined, path: (text: string) => string) {
  if (setting === undefined || setting === 'SSH_AUTH_SOCK' || setting === '$SSH_AUTH_SOCK') return fallback || undefined
  return setting === 'none' ? undefined : path(setting)
}

function filePath(path: string, tokens: Readonly<Record<string, string>>): string {
  return expand(path.replace(/^~(?=\/|$)/, '%d'), tokens)
}

function expand(text: string, tokens: Readonly<Record<string, string>>): string {
  return text.replace(/%(.)/g, (whole, token: string) => (token === '%' ? '%' : (tokens[token] ?? whole)))
}

function defaultKnownHosts(path: string): readonly string[] {
  return [path, `${path}2`]
}

function seconds(text: string | undefined): number | undefined {
  const value = Number(text)
  return Number.isFinite(value) && value > 0 ? value * 1000 : undefined
}
