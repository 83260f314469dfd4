import type { Command, Option } from 'commander'
import { everywhere } from '../argv.ts'
import { OfferingArgument } from '../offers.ts'
import { type Candidate, ownerOf, phaseWords, type TypedLine, type Values, valuesOf } from './values.ts'

/**
 * What the completion scripts read: what is completed (`word`, `part` of a word that may go on, `file`, `directory`), the
 * start of the last word that stays as it is, and then one candidate a line, after a tab with its description.
 */
export async function answerOf(program: Command, words: readonly string[]): Promise<string> {
  const { kind, kept, candidates } = await complete(program, words)
  const lines = candidates.map(({ value, about }) => (about === undefined ? value : `${value}\t${about}`))
  return [kind, kept, ...lines].map(line => `${line}\n`).join('')
}

async function complete(program: Command, words: readonly string[]): Promise<Values> {
  const last = words.at(-1) ?? ''
  const { expects, ended, ...line } = walk(program, words.slice(0, -1))
  if (expects !== undefined) return valuesOf(expects, last, line)
  if (!ended && last.startsWith('-')) return completeFlag(line, last)
  const commands = line.operands.length > 0 ? [] : commandsBelow(line.command)
  return { kind: 'word', kept: '', candidates: [...commands, ...(await operandsAt(line))] }
}

interface Walk extends TypedLine {
  /** The option whose argument comes next; `unknown` for one of another command. */
  expects?: Option | 'unknown'
  /** True after `--`. */
  ended: boolean
}

function walk(program: Command, words: readonly string[]): Walk {
  const at: Walk = { command: program, operands: [], given: [], ended: false }
  for (const word of words) {
    if (at.expects !== undefined) delete at.expects
    else if (at.ended) at.operands.push(word)
    else if (word === '--') at.ended = true
    else if (word.startsWith('-') && word !== '-') passOption(at, word)
    else passWord(at, word)
  }
  return at
}

function passOption(at: Walk, word: string): void {
  const [name = '', value] = word.split('=', 2)
  const option = optionNamed(at.command, name)
  if (option !== undefined) at.given.push(option)
  if (value !== undefined) return
  if (option?.required === true) at.expects = option
  else if (option === undefined && everywhere.includes(name)) at.expects = 'unknown'
}

function passWord(at: Walk, word: string): void {
  const names = (one: Command) => [one.name(), ...one.aliases()]
  const next = at.operands.length > 0 ? undefined : at.command.commands.find(one => names(one).includes(word))
  if (next === undefined) at.operands.push(word)
  else at.command = next
}

function optionNamed({ options }: Command, name: string): Option | undefined {
  return options.find(option => option.long === name || option.short === name)
}

/** `--progress=pl` completes the value, anything else the name of a flag. */
async function completeFlag(line: TypedLine, word: string): Promise<Values> {
  const [start, name = '', value = ''] = /^(-[^=]*)=(.*)$/s.exec(word) ?? []
  if (start === undefined) return { kind: 'word', kept: '', candidates: await flagsAt(line) }
  const option = optionNamed(line.command, name)
  const values = await valuesOf(option ?? 'unknown', value, line)
  return { ...values, kept: `${name}=${values.kept}` }
}

/** The flags that the help shows, without those that were given and take no second value. */
async function flagsAt({ command, operands, given }: TypedLine): Promise<readonly Candidate[]> {
  const owner = ownerOf(command)
  if (owner !== undefined && takesPhase(command)) {
    const { showOwnFlags } = await import('../run/phase-flags.ts')
    command.args = [...operands]
    showOwnFlags(owner, command)
  }
  const once = (option: Option) => option.parseArg === undefined && given.some(({ long }) => long === option.long)
  const shown = command.createHelp().visibleOptions(command)
  return shown
    .filter(option => !once(option))
    .map(({ long, description }) => ({ value: long ?? '', about: description }))
}

async function operandsAt(line: TypedLine): Promise<readonly Candidate[]> {
  if (takesPhase(line.command)) return phaseWords(line)
  const choices = line.command.registeredArguments[line.operands.length]?.argChoices ?? []
  return choices.map(value => ({ value }))
}

function takesPhase({ registeredArguments }: Command): boolean {
  return registeredArguments.some(one => one instanceof OfferingArgument && one.offer === 'phase')
}

function commandsBelow(command: Command): readonly Candidate[] {
  const shown = command.createHelp().visibleCommands(command)
  return shown.map(one => ({ value: one.name(), about: one.description() }))
}
