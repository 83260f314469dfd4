import { given } from '../../../cluster/given.ts'
import { expandPath, type TokenValues } from './tokens.ts'
import { readNumber, readSwitch } from './value.ts'
import type { ConfigValues } from './values.ts'

export type LogInMethod = 'publickey' | 'keyboard-interactive' | 'password'

/** How to authenticate the operator. */
export interface LogInRules {
  /** In the order of use. */
  readonly methods: readonly LogInMethod[]
  /** In the order of use. */
  readonly identityFiles: readonly string[]
  /** False for the default names, whose absence is not reported. */
  readonly named: boolean
  /** True if keys of the agent are used only if a file names them. */
  readonly identitiesOnly: boolean
  /** Path of the agent's socket. */
  readonly agent?: string
  /** Certificates of the operator, which kadm does not support. */
  readonly certificateFiles: readonly string[]
  /** True if prompts are disabled. */
  readonly batch: boolean
  /** How often a password can be typed. */
  readonly prompts: number
}

/** OpenSSH's default files that kadm can read. */
const defaultNames = ['id_rsa', 'id_ecdsa', 'id_ed25519']

const switches: Readonly<Record<LogInMethod, string>> = {
  publickey: 'pubkeyauthentication',
  'keyboard-interactive': 'kbdinteractiveauthentication',
  password: 'passwordauthentication',
}

const allMethods: readonly LogInMethod[] = ['publickey', 'keyboard-interactive', 'password']

export function logInRules(values: ConfigValues, place: TokenValues): LogInRules {
  const one = (keyword: string) => values.get(keyword)?.words[0]
  const files = (keyword: string) =>
    values.get(keyword)?.words.flatMap(path => (path === 'none' ? [] : (expandPath(path, place) ?? [])))
  const named = files('identityfile')
  const agent = agentSocket(one('identityagent'), place)
  const preferred = one('preferredauthentications')?.split(',')
  const ordered = preferred?.flatMap(name => allMethods.filter(method => method === name)) ?? allMethods
  return {
    methods: ordered.filter(method => readSwitch(one(switches[method])) !== false),
    identityFiles: named ?? defaultNames.map(name => `${place.operator.home}/.ssh/${name}`),
    named: named !== undefined,
    identitiesOnly: readSwitch(one('identitiesonly')) ?? false,
    ...given({ agent }),
    certificateFiles: files('certificatefile') ?? [],
    batch: readSwitch(one('batchmode')) ?? false,
    prompts: readNumber('NumberOfPasswordPrompts', one('numberofpasswordprompts'), { least: 1 }) ?? 3,
  }
}

/** `$NAME` is a variable that contains the path. */
function agentSocket(setting: string | undefined, place: TokenValues): string | undefined {
  const { env } = place.operator
  if (setting === undefined || setting === 'SSH_AUTH_SOCK') return env.SSH_AUTH_SOCK || undefined
  if (setting === 'none') return undefined
  const variable = /^\$(\w+)$/.exec(setting)?.[1]
  return variable === undefined ? expandPath(setting, place) : env[variable] || undefined
}
