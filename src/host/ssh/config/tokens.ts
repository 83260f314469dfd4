import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { KadmError } from '../../../errors/kadm-error.ts'
import { nameFault } from '../../host-spec.ts'

/** The user of kadm. */
export interface Operator {
  readonly user: string
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** User ID, for tokens. */
  readonly uid?: number
}

/** The known properties of a host. */
export interface TokenValues {
  readonly operator: Operator
  /** As typed. */
  readonly typed: string
  readonly host: string
  readonly port: number
  readonly user: string
  /** HostKeyAlias. */
  readonly alias?: string
}

/** Replaces `%h` and other tokens (ssh_config(5), TOKENS); an unknown token stays. */
export function expandTokens(text: string, values: TokenValues): string {
  const { operator, typed, host, port, user } = values
  const tokens: Readonly<Record<string, () => string>> = {
    '%': () => '%',
    C: () => createHash('sha1').update(`${hostname()}${host}${port}${user}`).digest('hex'),
    L: () => hostname().replace(/\..*$/, ''),
    d: () => operator.home,
    h: () => host,
    i: () => String(operator.uid ?? ''),
    k: () => values.alias ?? typed,
    l: () => hostname(),
    n: () => typed,
    p: () => String(port),
    r: () => user,
    u: () => operator.user,
  }
  return text.replace(/%(.)/g, (whole, token: string) => tokens[token]?.() ?? whole)
}

/** Replaces tokens in a shell command. Throws USAGE for names of which the shell could run a part (CVE-2023-51385). */
export function expandCommand(command: string, values: TokenValues): string {
  const { host, typed, user } = values
  const fault = nameFault(host, user)
  if (fault === undefined) return expandTokens(command, values)
  const hint = `check HostName and User of ${typed}: they are passed to a command`
  const message = `the SSH configuration of ${typed} leads to "${user}@${host}": ${fault}`
  throw new KadmError('USAGE', message, { hint })
}

/** Expands `~/`, tokens and `${VARIABLE}` in a file name of the configuration; undefined if a variable is not set. */
export function expandPath(path: string, values: TokenValues): string | undefined {
  let missing = false
  const expanded = expandTokens(path.replace(/^~(?=\/|$)/, '%d'), values).replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values.operator.env[name]
    missing ||= value === undefined
    return value ?? ''
  })
  return missing ? undefined : expanded
}
