import { isIP } from 'node:net'
import { given } from '../../../cluster/given.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import type { HostSpec } from '../../host-spec.ts'
import { chooseAlgorithms, type SshAlgorithms } from './algorithms.ts'
import { type LogInRules, logInRules } from './log-in-rules.ts'
import { expandCommand, expandPath, expandTokens, type Operator, type TokenValues } from './tokens.ts'
import { readDuration, readNumber, readSwitch } from './value.ts'
import type { ConfigValues } from './values.ts'

/** How to reach one host: the operator's input, then the SSH configuration, then OpenSSH's defaults. */
export interface SshSettings {
  /** As typed: name, alias or address. */
  readonly typed: string
  readonly host: string
  readonly port: number
  readonly user: string
  /** 0 is any. */
  readonly family: 0 | 4 | 6
  readonly localAddress?: string
  readonly connectTimeoutMs: number
  /** How often to try to connect, one second apart. */
  readonly connectionAttempts: number
  /** A peer that sends nothing for the interval is probed; after `count` probes the connection is lost. */
  readonly alive: { readonly intervalMs: number; readonly count: number }
  /** ProxyJump: hosts to go through, separated by commas. */
  readonly proxyJump?: string
  /** The command whose stdin and stdout are the connection. */
  readonly proxyCommand?: string
  readonly trust: HostKeyRules
  readonly logIn: LogInRules
  readonly algorithms: SshAlgorithms
}

/** The rules that decide whether a host key belongs to the host. */
export interface HostKeyRules {
  /** Name and port of the host in known_hosts. */
  readonly name: string
  readonly port: number
  /** An accepted key is added to the first one. */
  readonly userFiles: readonly string[]
  readonly globalFiles: readonly string[]
  readonly revokedFiles: readonly string[]
  /** What to do with an unknown key. A key that differs from a known one is always rejected. */
  readonly unknown: 'refuse' | 'ask' | 'accept'
  readonly hashNames: boolean
  readonly minRsaBits: number
}

/**
 * Returns the settings of a host. Throws NOT_BUILT if the configuration requires a connection type that kadm does not
 * support: ignoring it would reach another host, or none.
 */
export function sshSettings(spec: HostSpec, values: ConfigValues, operator: Operator): SshSettings {
  const one = (keyword: string): string | undefined => values.get(keyword)?.words[0]
  refuseUnbuilt(spec, one)
  const user = one('user') ?? operator.user
  const name = (one('hostname') ?? '%h').replace(/%([%h])/g, (_, token) => (token === 'h' ? spec.host : '%'))
  // The zone of an address is an interface name, which is case-sensitive.
  const host = name.replace(/^[^%]*/, part => part.toLowerCase())
  const port = readNumber('Port', one('port'), { least: 1, most: 65_535 }) ?? 22
  const place = { operator, typed: spec.host, host, port, user }
  const alias = one('hostkeyalias')
  const known: TokenValues = alias === undefined ? place : { ...place, alias: expandTokens(alias, place) }
  const localAddress = one('bindaddress')
  return {
    typed: spec.host,
    host,
    port,
    user,
    family: readFamily(one('addressfamily')),
    ...given({ localAddress }),
    connectTimeoutMs: readDuration('ConnectTimeout', one('connecttimeout')) || 10_000,
    connectionAttempts: readNumber('ConnectionAttempts', one('connectionattempts'), { least: 1 }) ?? 1,
    alive: readAlive(one),
    ...readProxy(values, known),
    trust: hostKeyRules(values, known),
    logIn: logInRules(values, known),
    algorithms: chooseAlgorithms(one),
  }
}

function hostKeyRules(values: ConfigValues, place: TokenValues): HostKeyRules {
  const one = (keyword: string) => values.get(keyword)?.words[0]
  const files = (keyword: string, ...standard: readonly string[]) =>
    (values.get(keyword)?.words ?? standard).flatMap(path => (path === 'none' ? [] : (expandPath(path, place) ?? [])))
  const checking = one('stricthostkeychecking')?.toLowerCase() ?? 'ask'
  return {
    name: place.alias ?? place.host,
    // An alias stands for the host with any port.
    port: place.alias === undefined ? place.port : 22,
    userFiles: files('userknownhostsfile', '~/.ssh/known_hosts', '~/.ssh/known_hosts2'),
    globalFiles: files('globalknownhostsfile', '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'),
    revokedFiles: revokedFiles(values, place),
    unknown: checking === 'ask' && readSwitch(one('batchmode')) ? 'refuse' : (unknownKeys[checking] ?? 'refuse'),
    hashNames: readSwitch(one('hashknownhosts')) ?? false,
    minRsaBits: readNumber('RequiredRSASize', one('requiredrsasize'), { least: 1024 }) ?? 1024,
  }
}

/** Ignoring an unreadable file would accept the keys that it revokes. */
function revokedFiles(values: ConfigValues, place: TokenValues): readonly string[] {
  const words = values.get('revokedhostkeys')?.words ?? []
  return words.flatMap(word => {
    if (word === 'none') return []
    const path = expandPath(word, place)
    if (path !== undefined) return [path]
    const hint = 'set the variable, or use a file name without it'
    throw new KadmError('USAGE', `the SSH configuration has RevokedHostKeys ${word}: its variable is not set`, { hint })
  })
}

const unknownKeys: Readonly<Record<string, HostKeyRules['unknown']>> = {
  ask: 'ask',
  'accept-new': 'accept',
  no: 'accept',
  off: 'accept',
}

/** OpenSSH sends no keepalives by default, but waiting for a lost host is useless. */
function readAlive(one: (keyword: string) => string | undefined): SshSettings['alive'] {
  const intervalMs = readDuration('ServerAliveInterval', one('serveraliveinterval'))
  const count = readNumber('ServerAliveCountMax', one('serveralivecountmax'), { least: 0 }) ?? 3
  return intervalMs ? { intervalMs, count } : { intervalMs: 5000, count: 3 }
}

function readFamily(text = 'any'): SshSettings['family'] {
  const family = ({ any: 0, inet: 4, inet6: 6 } as const)[text.toLowerCase()]
  if (family !== undefined) return family
  throw new KadmError('USAGE', `the SSH configuration has AddressFamily ${text}: it takes any, inet or inet6`)
}

function readProxy(values: ConfigValues, place: TokenValues): Pick<SshSettings, 'proxyJump' | 'proxyCommand'> {
  const jump = values.get('proxyjump')?.rest
  if (jump !== undefined) return jump.toLowerCase() === 'none' ? {} : { proxyJump: expandTokens(jump, place) }
  const command = values.get('proxycommand')?.rest
  if (command === undefined || command.toLowerCase() === 'none') return {}
  return { proxyCommand: expandCommand(command, place) }
}

/** Throws for settings that kadm does not support and that would lead elsewhere, or nowhere, if ignored. */
function refuseUnbuilt(spec: HostSpec, one: (keyword: string) => string | undefined): void {
  const refusal = one('refuseconnection')
  if (refusal !== undefined)
    throw new KadmError('HOST_UNREACHABLE', `the SSH configuration refuses ${spec.host}: ${refusal}`)
  const domains = one('canonicaldomains') !== undefined
  const canonical = domains && !['no', undefined].includes(one('canonicalizehostname')?.toLowerCase())
  const dots = Number(one('canonicalizemaxdots') ?? 1)
  if (canonical && isIP(spec.host.replace(/%.*$/, '')) === 0 && spec.host.split('.').length - 1 <= dots)
    throw unbuilt(
      spec,
      'CanonicalizeHostname',
      `give the full name of ${spec.host}, or set CanonicalizeHostname no for it`,
    )
  if (one('bindinterface') !== undefined) throw unbuilt(spec, 'BindInterface', 'set the address with BindAddress')
  if (readSwitch(one('proxyusefdpass')) === true)
    throw unbuilt(spec, 'ProxyUseFdpass', 'use a ProxyCommand that carries the connection on stdin and stdout')
}

function unbuilt(spec: HostSpec, keyword: string, hint: string): KadmError {
  const message = `the SSH configuration of ${spec.host} has ${keyword}, which this version does not support`
  return new KadmError('NOT_BUILT', message, { hint })
}
