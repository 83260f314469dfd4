import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { secret } from '../cluster/secret.ts'
import type { ConfigFile } from '../config/documents/open-drafts.ts'
import type { Flag, FlagValues } from '../config/flags/flag.ts'
import { parseList } from '../config/flags/text.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { decodeUtf8 } from '../yaml/utf8.ts'
import { machinePath, ownPath } from './named-paths.ts'

/** Options that every command has which reaches hosts. */
export interface CommonOptions {
  readonly host?: readonly string[]
  readonly acceptNewHostKeys?: boolean
  readonly progress: 'auto' | 'plain' | 'json' | 'quiet'
  readonly output: 'text' | 'json' | 'yaml'
  readonly v: number
}

export function addCommonOptions(command: Command): Command {
  return addOutputOptions(
    command
      .option('--host <[user@]address[:port]>', 'run on this host over SSH instead of locally', collect)
      .option('--accept-new-host-keys', 'accept the host key of a host that is not in known_hosts, and add it there')
      .addOption(
        new Option('--progress <mode>', 'format of progress on stderr')
          .choices(['auto', 'plain', 'json', 'quiet'])
          .default('auto'),
      ),
  )
}

/** What every command has, also one that reaches no host. */
export function addOutputOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-o, --output <format>', 'format of the result on stdout')
        .choices(['text', 'json', 'yaml'])
        .default('text'),
    )
    .option('-v, --v <level>', 'log level; 5 adds stack traces to errors', parseLevel, 0)
}

/** Flags of kubeadm's printers for templates and objects of a server: no form that kadm prints depends on them. */
export function addPrinterOptions(command: Command): Command {
  for (const name of ['allow-missing-template-keys', 'show-managed-fields']) {
    command.addOption(new Option(`--${name}`, 'accepted for compatibility; has no effect').hideHelp())
  }
  return command
}

/** A flag that may be given several times. */
function keepAll(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

/** The same for one that no table describes, as kubeadm reads it: commas part its values, also in quotes. */
export function collectTexts(value: string, before: readonly string[] | undefined): readonly string[] {
  const list = parseList(value)
  if (list === undefined) throw new InvalidArgumentError('the quotes do not match.')
  return [...(before ?? []), ...list]
}

/** A flag that takes commas and repetition. */
function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), ...value.split(',')]
}

function parseLevel(value: string): number {
  if (!/^[-+]?\d+$/.test(value)) throw new InvalidArgumentError('it must be a whole number.')
  return Number(value)
}

/** Declares kubeadm's flags on a command, from the one table. */
export function addFlags(command: Command, flags: readonly Flag[]): Command {
  for (const flag of flags) {
    const takes = flag.kind === 'bool' ? '' : ` <${flag.placeholder ?? flag.kind}>`
    const shown = flag.shown === undefined ? '' : ` (default: ${flag.shown})`
    const letter = flag.short === undefined ? '' : `-${flag.short}, `
    const option = new Option(`${letter}--${flag.name}${takes}`, `${flag.description}${shown}`)
    if (flag.kind === 'strings') option.argParser(keepAll)
    if (flag.kind === 'args') option.argParser(collect)
    if (flag.hidden) option.hideHelp()
    command.addOption(option)
  }
  return command
}

/** Hands on what was given before the name of a subcommand: `init --host cp1 phase certs all`. Throws USAGE. */
export function passOptions(from: Command, to: Command): void {
  for (const option of from.options) {
    const key = option.attributeName()
    if (from.getOptionValueSource(key) !== 'cli') continue
    if (!to.options.some(other => other.attributeName() === key)) {
      const hint = `\`kadm ${from.name()} ${to.name()} --help\`lists the options`
      throw new KadmError('USAGE', `${option.long} is not a flag of ${from.name()} ${to.name()}`, { hint })
    }
    to.setOptionValueWithSource(key, from.getOptionValue(key), 'cli')
  }
}

/** The flags that were set, by name. A flag whose argument is a file gives the file's content, which is a secret. */
export function readFlags(command: Command, flags: readonly Flag[]): FlagValues {
  const values: Record<string, FlagValues[string]> = {}
  for (const flag of flags) {
    const key = flag.name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    if (command.getOptionValueSource(key) !== 'cli') continue
    const value = command.getOptionValue(key) as string | boolean | readonly string[]
    values[flag.name] = flag.reads ? secret(readOwnText(String(value), `--${flag.name}`).trim()) : value
    if (flag.onMachine) values[flag.name] = pathOf(flag, String(value), isRemote(command))
  }
  return values
}

/** The whole path that a flag names on the host; an empty one may stand for none. */
function pathOf(flag: Flag, given: string, remote: boolean): string {
  const path = given === '' ? (flag.emptyMeans ?? '') : given
  return path === '' ? '' : machinePath(path, { by: `--${flag.name}`, remote })
}

/** True when a command works on other hosts than this one. */
function isRemote(command: Command): boolean {
  return command.getOptionValue('host') !== undefined
}

/** The configuration file that a flag names; an empty name is none, as in kubeadm. Throws CONFIG_UNREADABLE. */
export function readConfigFile(named: unknown, flag = '--config'): { readonly file?: ConfigFile } {
  if (named === undefined || named === '') return {}
  const path = String(named)
  return { file: { path, text: readOwnText(path, flag) } }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'the file does not exist',
  EISDIR: 'it is a directory',
}

/** A text of the operator's host; `-` is standard input. Throws CONFIG_UNREADABLE, CONFIG_INVALID for no UTF-8. */
export function readOwnText(path: string, flag: string): string {
  const text = decodeUtf8(readBytes(path, flag))
  if (typeof text === 'string') return text
  const { remedy } = text
  throw new KadmError('CONFIG_INVALID', `${path} cannot be read`, { problems: [{ file: path, ...text }], hint: remedy })
}

function readBytes(path: string, flag: string): Uint8Array {
  try {
    return readFileSync(path === '-' ? 0 : ownPath(path))
  } catch (cause) {
    const reason = reasons[(cause as NodeJS.ErrnoException).code ?? ''] ?? (cause as Error).message
    throw new KadmError('CONFIG_UNREADABLE', `cannot read ${path === '' ? '""' : path}: ${reason}`, {
      cause,
      hint: `give ${flag} the path of a readable file`,
    })
  }
}
