import type { Command, Option } from 'commander'
import { given } from '../cluster/given.ts'
import { readBoolean } from '../config/flags/values.ts'
import { KadmError } from '../errors/kadm-error.ts'

/** A command line in the form that the parser reads. */
export interface WordForms {
  readonly words: readonly string[]
  /** The error for words that the parser would not reject itself. */
  readonly fault?: KadmError
}

/** Flags of every kubeadm command, at any position. Each takes a value. */
export const everywhere = ['--v', '-v', '--vmodule', '--rootfs']

interface Walk {
  command: Command
  /** True after the first word that is not the name of a command. */
  operands: boolean
  /** The index in `words` right after the name of the command. */
  start: number
  readonly words: string[]
  /** Global flags that precede a command which does not define them. */
  readonly early: string[][]
  fault?: KadmError
}

/**
 * Accepts forms that kubeadm's parser accepts and this parser does not: `--force=false`, `-f=true`, `-o=yaml`, and `-v`
 * before the name of a command. Sets flags without a value on their commands at once; the last one wins.
 */
export function readForms(program: Command, argv: readonly string[]): WordForms {
  const walk: Walk = { command: program, operands: false, start: 0, words: [], early: [] }
  const rest = [...argv]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      walk.words.push(word, ...rest.splice(0))
    } else if (word.length > 1 && word.startsWith('-')) readOption(walk, word, rest)
    else readWord(walk, word)
  }
  const { command, early, start, words, fault } = walk
  // Keeps only the verbosity. A command that is only a group does not use it.
  if (findOption(command, '--v') !== undefined) words.splice(start, 0, ...early.flat())
  return { words, ...given({ fault }) }
}

function readWord(walk: Walk, word: string): void {
  walk.words.push(word)
  const next = walk.operands ? undefined : walk.command.commands.find(one => namesOf(one).includes(word))
  if (next === undefined) {
    walk.operands = true
    return
  }
  walk.command = next
  walk.start = walk.words.length
}

function namesOf(command: Command): readonly string[] {
  return [command.name(), ...command.aliases()]
}

function readOption(walk: Walk, word: string, rest: string[]): void {
  const { name, value } = split(walk.command, word)
  const option = findOption(walk.command, name)
  if (option?.isBoolean() === true && option.attributeName() !== 'version') setBoolean(walk, option, value)
  else if (option?.required === true) walk.words.push(...withValue(option.long ?? name, value, rest))
  else if (everywhere.includes(name)) keepEarly(walk, name, withValue(name === '-v' ? '--v' : name, value, rest))
  else walk.words.push(word)
}

/** Splits `--name`, `--name=value`, `-n`, `-n=value`, and `-nvalue` if the short flag takes a value. */
function split(command: Command, word: string): { readonly name: string; readonly value?: string } {
  const [, name, value] = /^(--[^=]+|-[^-])(?:=(.*))?$/s.exec(word) ?? []
  if (name !== undefined) return { name, ...given({ value }) }
  const letter = word.slice(0, 2)
  const takes = findOption(command, letter)?.required === true || everywhere.includes(letter)
  return takes ? { name: letter, value: word.slice(2) } : { name: word }
}

function findOption(command: Command, name: string): Option | undefined {
  return command.options.find(option => option.short === name || option.long === name)
}

/** Without a value, the parser reports what is missing. */
function withValue(name: string, value: string | undefined, rest: string[]): string[] {
  return value === undefined ? [name, ...rest.splice(0, 1)] : [`${name}=${value}`]
}

function keepEarly(walk: Walk, name: string, words: string[]): void {
  if (name === '--rootfs') walk.fault ??= noRootfs()
  else if (name !== '--vmodule') walk.early.push(words)
}

function noRootfs(): KadmError {
  const hint = 'run kadm on the host itself, or use --host; `kubeadm --rootfs` supports another root directory'
  return new KadmError('NOT_BUILT', 'this version of kadm does not support --rootfs', { hint })
}

function setBoolean(walk: Walk, option: Option, text: string | undefined): void {
  const value = text === undefined ? true : readBoolean(text)
  if (value !== undefined) {
    walk.command.setOptionValueWithSource(option.attributeName(), value, 'cli')
    return
  }
  const hint = `write ${option.long}, or ${option.long}=false`
  walk.fault ??= new KadmError('USAGE', `${option.long} must be true or false`, { hint })
}
