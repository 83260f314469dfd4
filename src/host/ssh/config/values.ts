import { KadmError } from '../../../errors/kadm-error.ts'
import type { HostSpec } from '../../host-spec.ts'
import type { ConfigLine } from './lines.ts'
import { matchesList } from './name-pattern.ts'
import { expandCommand, type Operator } from './tokens.ts'

/** The configuration of one host, by keyword in lower case. */
export type ConfigValues = ReadonlyMap<string, ConfigValue>

export interface ConfigValue {
  readonly words: readonly string[]
  readonly rest: string
}

export interface Asker {
  readonly spec: HostSpec
  readonly operator: Operator
  /** Runs the command of a `Match exec` and returns whether it succeeded. */
  readonly succeeds: (command: string) => Promise<boolean>
}

/**
 * Returns the values that apply to a host: the first one of each keyword, and all of keys and certificates
 * (ssh_config(5)). Throws NOT_BUILT for a condition that kadm cannot evaluate, because a guess could lead to another
 * host.
 */
export async function configValues(lines: readonly ConfigLine[], asker: Asker): Promise<ConfigValues> {
  const state: State = { asker, values: new Map(), final: false, wantsFinal: false }
  const { user, port } = asker.spec
  if (user !== undefined) take(state, 'user', { words: [user], rest: user })
  if (port !== undefined) take(state, 'port', { words: [String(port)], rest: String(port) })
  await apply(lines, state, true)
  if (!state.wantsFinal) return state.values
  state.final = true
  await apply(lines, state, true)
  return state.values
}

interface State {
  readonly asker: Asker
  readonly values: Map<string, ConfigValue>
  /** True in the second pass, which `Match final` requests. */
  final: boolean
  wantsFinal: boolean
}

async function apply(lines: readonly ConfigLine[], state: State, within: boolean): Promise<void> {
  let active = within
  for (const line of lines) {
    if (line.keyword === 'host') active = within && matchesList(line.words, hostArgument(state))
    else if (line.keyword === 'match') active = (await matches(line, state, within)) && within
    else if (line.included !== undefined) await apply(line.included, state, active)
    else if (active) take(state, aliases[line.keyword] ?? line.keyword, line)
  }
}

/** Old names of keywords. */
const aliases: Readonly<Record<string, string>> = {
  challengeresponseauthentication: 'kbdinteractiveauthentication',
  identityfile2: 'identityfile',
  pubkeyacceptedkeytypes: 'pubkeyacceptedalgorithms',
  skeyauthentication: 'kbdinteractiveauthentication',
}

const accumulating = new Set(['identityfile', 'certificatefile'])

function take({ values }: State, keyword: string, { words, rest }: ConfigValue): void {
  const known = values.get(keyword)
  if (accumulating.has(keyword)) {
    values.set(keyword, { words: [...new Set([...(known?.words ?? []), ...words])], rest })
  } else if (known === undefined && !competes(values, keyword)) values.set(keyword, { words, rest })
}

/** Only the first of ProxyJump and ProxyCommand applies. */
function competes(values: ConfigValues, keyword: string): boolean {
  return (
    (keyword === 'proxyjump' && values.has('proxycommand')) || (keyword === 'proxycommand' && values.has('proxyjump'))
  )
}

async function matches(line: ConfigLine, state: State, within: boolean): Promise<boolean> {
  const words = line.words.flatMap(word => /^(!?\w+)=(.*)$/s.exec(word)?.slice(1) ?? [word])
  let result = true
  for (let at = 0; at < words.length; at++) {
    const criterion = words[at] ?? ''
    const negated = criterion.startsWith('!')
    const keyword = criterion.slice(negated ? 1 : 0).toLowerCase()
    if (keyword === 'final') state.wantsFinal = true
    const argument = alone.has(keyword) ? '' : words[++at]
    if (argument === undefined) throw unclear(line, `${criterion} lacks its argument`)
    // Commands run only if their result matters.
    if (result && within) result = (await holds(line, state, keyword, argument)) !== negated
  }
  return result
}

const alone = new Set(['all', 'canonical', 'final'])

async function holds(line: ConfigLine, state: State, keyword: string, argument: string): Promise<boolean> {
  const { spec, operator, succeeds } = state.asker
  const list = argument.split(',')
  if (keyword === 'all') return true
  if (keyword === 'final') return state.final
  // Names are not canonicalized.
  if (keyword === 'canonical') return false
  if (keyword === 'host') return matchesList(list, hostName(state))
  if (keyword === 'originalhost') return matchesList(list, spec.host)
  if (keyword === 'user') return matchesList(list, userName(state))
  if (keyword === 'localuser') return matchesList(list, operator.user)
  if (keyword === 'tagged') return matchesList(list, state.values.get('tag')?.words[0] ?? '')
  if (keyword === 'exec') {
    const port = Number(state.values.get('port')?.words[0] ?? 22)
    const machine = { typed: spec.host, host: hostName(state), user: userName(state), port }
    return succeeds(expandCommand(argument, { operator, ...machine }))
  }
  throw unclear(line, `${keyword} is a condition that kadm does not support`)
}

/** Returns what `Host` is compared with: the typed name, and in the second pass the host name. */
function hostArgument(state: State): string {
  return state.final ? hostName(state) : state.asker.spec.host
}

function hostName({ asker, values }: State): string {
  const name = values.get('hostname')?.words[0]
  return name === undefined
    ? asker.spec.host
    : name.replace(/%([%h])/g, (_, token) => (token === 'h' ? asker.spec.host : '%'))
}

function userName({ asker, values }: State): string {
  return values.get('user')?.words[0] ?? asker.operator.user
}

function unclear({ file, line, rest }: ConfigLine, why: string): KadmError {
  const hint = 'move it to a file that only ssh(1) reads, or remove the condition'
  return new KadmError('NOT_BUILT', `${file}:${line} (Match ${rest}): ${why}`, { hint })
}
