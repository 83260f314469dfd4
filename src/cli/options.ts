import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { secret } from '../cluster/secret.ts'
import type { ConfigFile } from '../config/documents/open-drafts.ts'
import type { Flag, FlagValues } from '../config/flags/flag.ts'
import { parseList } from '../config/flags/text.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { decodeUtf8 } from '../yaml/utf8.ts'
import { machinePath, ownPath } from './named-paths.ts'
import { OfferingOption } from './offers.ts'

/** Options of every command that connects to hosts. */
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
      .addOption(hostOption('--host', 'run on this host over SSH instead of locally', true).argParser(collect))
      .option('--accept-new-host-keys', 'accept the host key of a host that is not in known_hosts, and add it there')
      .addOption(
        new Option('--progress <mode>', 'format of progress on stderr')
          .choices(['auto', 'plain', 'json', 'quiet'])
          .default('auto'),
      ),
  )
}

/** A flag that names a host; with `list` it takes several, separated by commas. */
export function hostOption(name: string, description: string, list = false): Option {
  return new OfferingOption(`${name} <[user@]address[:port]>`, description, 'host', list)
}

/** Adds the options of every command, including those that connect to no host. */
export function addOutputOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-o, --output <format>', 'format of the result on stdout')
        .choices(['text', 'json', 'yaml'])
        .default('text'),
    )
    .option('-v, --v <level>', 'log level; 5 adds stack traces to errors', parseLevel, 0)
}

/** Adds kubeadm's printer flags for templates and server objects. They have no effect on what kadm prints. */
export function addPrinterOptions(command: Command): Command {
  for (const name of ['allow-missing-template-keys', 'show-managed-fields']) {
    command.addOption(unusedOption(`--${name}`))
  }
  return command
}

/** A flag of kubeadm that kadm accepts and does not use. */
export function unusedOption(flags: string): Option {
  return new Option(flags, 'accepted for compatibility; has no effect').hideHelp()
}

/** A flag for the file that gets the result, which may hold secrets. */
export function outputFileOption(name: string): Option {
  return new OfferingOption(`${name} <path>`, 'output file, created with mode 0600 (default: stdout)', 'file')
}

/** Collects the values of a flag that can be repeated. */
export function keepAll(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

/** Collects the values of a flag outside the flag table as kubeadm reads it: separated by commas, also in quotes. */
export function collectTexts(value: string, before: readonly string[] | undefined): readonly string[] {
  const list = parseList(value)
  if (list === undefined) throw new InvalidArgumentError('the quotes do not match.')
  return [...(before ?? []), ...list]
}

/** Collects the values of a flag that can be repeated and takes lists separated by commas. */
function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), ...value.split(',')]
}

function parseLevel(value: string): number {
  if (!/^[-+]?\d+$/.test(value)) throw new InvalidArgumentError('it must be a whole number.')
  return Number(value)
}

/** Declares flags of the flag table on a command. */
export function addFlags(command: Command, flags: readonly Flag[]): Command {
  for (const flag of flags) {
    const takes = flag.kind === 'bool' ? '' : ` <${flag.placeholder ?? flag.kind}>`
    const shown = flag.shown === undefined ? '' : ` (default: ${flag.shown})`
    const letter = flag.short === undefined ? '' : `-${flag.short}, `
    const shape = `${letter}--${flag.name}${takes}`
    const option = optionOf(flag, shape, `${flag.description}${shown}`)
    if (flag.kind === 'strings') option.argParser(keepAll)
    if (flag.kind === 'args') option.argParser(collect)
    if (flag.hidden) option.hideHelp()
    command.addOption(option)
  }
  return command
}

function optionOf({ offers, kind }: Flag, shape: string, description: string): Option {
  if (offers === undefined) return new Option(shape, description)
  return new OfferingOption(shape, description, offers, kind === 'strings')
}

/** Passes options before a subcommand to the subcommand: `init --host cp1 phase certs all`. Throws USAGE. */
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

/** Returns the flags that were set, by name. A file argument returns the content of the file as a secret. */
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

/** Returns the absolute path on the host that a flag names. An empty path can mean that none is set. */
function pathOf(flag: Flag, given: string, remote: boolean): string {
  const path = given === '' ? (flag.emptyMeans ?? '') : given
  return path === '' ? '' : machinePath(path, { by: `--${flag.name}`, remote })
}

/** True if a command works on another host than this one. */
function isRemote(command: Command): boolean {
  return command.getOptionValue('host') !== undefined
}

/** Reads the configuration file of a flag. As in kubeadm, an empty name means no file. Throws CONFIG_UNREADABLE. */
export function readConfigFile(named: unknown, flag = '--config'): { readonly file?: ConfigFile } {
  if (named === undefined || named === '') return {}
  const path = String(named)
  return { file: { path, text: readOwnText(path, flag) } }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'the file does not exist',
  EISDIR: 'it is a directory',
}

/** Reads a local text file; `-` is stdin. Throws CONFIG_UNREADABLE, or CONFIG_INVALID if it is not UTF-8. */
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
