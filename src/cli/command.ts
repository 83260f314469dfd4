import type { Command } from 'commander'

/** Creates the action of a command. The action loads its own code, so that `kadm version` starts fast. */
export type Act = <A extends unknown[]>(
  load: () => Promise<(...args: A) => Promise<number>>,
) => (...args: A) => Promise<void>

/** Declares a command and its subcommands on the program. */
export type AddCommand = (program: Command, act: Act) => void

const examplesByCommand = new WeakMap<Command, string>()

/** Sets the description and the examples of a command. Every command has examples. */
export function describe(command: Command, description: string, examples: string): Command {
  examplesByCommand.set(command, examples)
  return command.description(description).addHelpText('after', `\nExamples:\n${examples}`)
}

/** The examples of a command, as its help shows them. */
export function examplesOf(command: Command): string {
  return examplesByCommand.get(command) ?? ''
}
