import type { Command } from 'commander'
import { readForms } from '../../src/cli/argv.ts'
import { makeProgram } from '../../src/cli/program.ts'
import { refuseOthersFlags } from '../../src/cli/run/phase-flags.ts'
import { type PhasedCommand, phasesOf } from '../../src/phases/pipelines.ts'
import { phaseJudge } from '../../src/pipeline/plan.ts'

/** Returns why a command line of kadm is not valid, or undefined: validates commands, flags, arguments and phases. */
export function faultOf(line: string): string | undefined {
  const { program } = makeProgram()
  quieten(program)
  const { words, fault } = readForms(program, split(line))
  if (fault !== undefined) return fault.message
  let command: Command = program
  const rest = words.filter(word => word !== '--help')
  for (let next = sub(command, rest[0]); next !== undefined; next = sub(command, rest[0])) {
    rest.shift()
    command = next
  }
  try {
    const { operands, unknown } = command.parseOptions(rest)
    if (unknown.length > 0) return `unknown: ${unknown.join(' ')}`
    return operandsFault(command, operands)
  } catch (error) {
    return (error as Error).message
  }
}

function quieten(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
  for (const one of command.commands) quieten(one)
}

function sub(command: Command, word: string | undefined): Command | undefined {
  return command.commands.find(one => one.name() === word || one.aliases().includes(word ?? ''))
}

function operandsFault(command: Command, operands: readonly string[]): string | undefined {
  const [first] = operands
  if (command.name() === 'phase') return phaseFault(command, operands)
  if (command.commands.length > 0 && command.registeredArguments.length === 0 && first !== undefined)
    return `no command ${first}`
  const most = command.registeredArguments.some(({ variadic }) => variadic) ? 99 : command.registeredArguments.length
  return operands.length > most ? `too many arguments: ${operands.join(' ')}` : undefined
}

function phaseFault(command: Command, operands: readonly string[]): string | undefined {
  const { parent } = command
  const of = (parent?.parent?.name() === 'upgrade' ? `upgrade ${parent.name()}` : parent?.name()) as PhasedCommand
  // An endpoint or a version follows the name of the phase.
  const names = operands.filter(word => !word.includes(':') && !/^v\d/.test(word))
  // A name that is only known at run time.
  if (names.length === 0 || names.at(-1) === 'x1') return undefined
  const set = command.options.filter(option => command.getOptionValueSource(option.attributeName()) === 'cli')
  const given = set
    .map(option => (option.long ?? '').slice(2))
    .filter(name => !/^(host|from|progress|output|v|accept-new-host-keys)$/.test(name))
  refuseOthersFlags(of, names, Object.fromEntries(given.map(name => [name, ''])))
  return phaseJudge(
    of,
    phasesOf(of).map(({ id }) => id),
  )(names.join('/'))?.message
}

/** Splits a line into words as a shell does. */
function split(line: string): readonly string[] {
  const words = line.match(/(?:'[^']*'|[^\s'])+/g) ?? []
  return words.map(word => word.replaceAll("'", ''))
}
