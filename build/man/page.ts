import type { Command, Option } from 'commander'
import { examplesOf } from '../../src/cli/command.ts'
import { ownerOf } from '../../src/cli/completion/values.ts'
import { OfferingArgument, offerOf } from '../../src/cli/offers.ts'
import { type ErrorKind, exitCodes } from '../../src/errors/codes.ts'
import { phasesOf } from '../../src/phases/pipelines.ts'
import { kindMeanings, success } from './exit-meanings.ts'
import { environment, files } from './places.ts'
import { escaped, example, item, paragraph, section } from './roff.ts'

export interface Edition {
  readonly version: string
  /** `2026-11-30` */
  readonly date: string
}

export interface Page {
  /** `kadm-init.1` */
  readonly name: string
  readonly text: string
}

/** One page for each command that the help shows. */
export function pagesOf(program: Command, edition: Edition): readonly Page[] {
  return commandsFrom(program).map(command => ({
    name: `${pageName(command)}.1`,
    text: `${sectionsOf(command, edition).join('\n')}\n`,
  }))
}

function commandsFrom(command: Command): readonly Command[] {
  return [command, ...subcommands(command).flatMap(commandsFrom)]
}

/** Without `help`, which commander adds, and without hidden ones. */
function subcommands(command: Command): readonly Command[] {
  const shown = command.createHelp().visibleCommands(command)
  return command.commands.filter(one => shown.includes(one))
}

function sectionsOf(command: Command, { version, date }: Edition): readonly string[] {
  const name = pageName(command)
  const header = `.TH ${escaped(name.toUpperCase())} 1 ${date} "kadm ${version}" "kadm manual"`
  return [
    header,
    '.nh',
    '.ad l',
    section('NAME', paragraph(`${name} - ${purposeOf(command)}`)),
    section('SYNOPSIS', synopsis(command)),
    section('DESCRIPTION', ...description(command)),
    ...listed(
      'COMMANDS',
      subcommands(command).map(one => item(commandLine(one), sentence(one.description()))),
    ),
    ...listed('PHASES', phases(command)),
    ...listed('OPTIONS', command.createHelp().visibleOptions(command).map(option)),
    section('EXAMPLES', ...examples(command)),
    section('EXIT STATUS', ...exits()),
    ...(command.parent === null
      ? [section('ENVIRONMENT', ...environment.map(([term, text]) => item(term, text)))]
      : []),
    ...(reachesHosts(command) ? [section('FILES', ...files.map(([term, text]) => item(term, text)))] : []),
    section('SEE ALSO', seeAlso(command)),
  ]
}

function listed(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [section(title, ...items)]
}

/** `kadm init phase` */
function commandLine(command: Command): string {
  return command.parent === null ? command.name() : `${commandLine(command.parent)} ${command.name()}`
}

function pageName(command: Command): string {
  return commandLine(command).replaceAll(' ', '-')
}

function purposeOf(command: Command): string {
  const text = command.description()
  return `${text.charAt(0).toLowerCase()}${text.slice(1).replace(/\.$/, '')}`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`
}

function synopsis(command: Command): string {
  return `\\fB${escaped(commandLine(command))}\\fR ${escaped(command.usage())}`
}

function description(command: Command): readonly string[] {
  const [alias] = command.aliases()
  const operands = command.registeredArguments.map(one => item(command.createHelp().argumentTerm(one), one.description))
  return [
    paragraph(sentence(command.description())),
    ...(alias === undefined ? [] : ['.PP', paragraph(`The command has the alias ${alias}.`)]),
    ...operands,
  ]
}

/** As `phase` and `--skip-phases` name them. */
function phases(command: Command): readonly string[] {
  const owner = ownerOf(command)
  if (owner === undefined) return []
  const alone = command.registeredArguments.some(one => one instanceof OfferingArgument && one.offer === 'phase')
  const nameOf = (id: string) => (alone ? id.replaceAll('/', ' ') : id)
  return phasesOf(owner).map(({ id, about }) => item(nameOf(id), about.replaceAll('`', '')))
}

function option(one: Option): string {
  const choices = one.argChoices === undefined ? '' : `; one of ${one.argChoices.join(', ')}`
  const standard = one.defaultValue === undefined ? '' : ` (default: ${one.defaultValue})`
  return item(one.flags, sentence(`${one.description}${choices}${standard}`))
}

/** `  command     explanation`; an explanation may also stand on the line after a long command. */
function examples(command: Command): readonly string[] {
  const found: { line: string; about: string }[] = []
  for (const text of examplesOf(command).split('\n')) {
    const [, line = '', about = ''] = /^ {2}(\S.*?)(?: {2,}(\S.*))?$/.exec(text) ?? []
    const last = found.at(-1)
    if (line.startsWith('kadm ') || line.startsWith('source ')) found.push({ line, about })
    else if (last !== undefined) last.about ||= text.trim()
  }
  return found.map(({ line, about }, index) => {
    const gap = index === 0 ? [] : ['.PP']
    const heading = about === '' ? [] : [paragraph(`${sentence(about).slice(0, -1)}:`)]
    return [...gap, ...heading, example([line])].join('\n')
  })
}

function exits(): readonly string[] {
  const kinds = Object.entries(exitCodes).map(([kind, exit]) => item(String(exit), kindMeanings[kind as ErrorKind]))
  return [item('0', success), ...kinds]
}

function reachesHosts(command: Command): boolean {
  return command.parent === null || command.options.some(one => offerOf(one).offer === 'host')
}

/** The pages above and below, then those of what kadm works with. */
function seeAlso(command: Command): string {
  const near = [...(command.parent === null ? [] : [command.parent]), ...subcommands(command)].map(pageName)
  const pages = [...near.map(name => [name, 1] as const), ['ssh_config', 5] as const]
  const lines = pages.map(([name, number], index) => {
    const comma = index === pages.length - 1 ? '' : ' ,'
    return `.BR ${escaped(name)} (${number})${comma}`
  })
  return lines.join('\n')
}
