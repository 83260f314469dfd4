import type { Command } from 'commander'

/** Makes the action of a command from one that loads its own code, so that `kadm version` stays quick. */
export type Act = <A extends unknown[]>(
  load: () => Promise<(...args: A) => Promise<number>>,
) => (...args: A) => Promise<void>

/** Declares a command, with all below it, on the program. */
export type AddCommand = (program: Command, act: Act) => void

/** Gives a command its one line and its examples; a command without examples is not finished. */
export function describe(command: Command, description: string, examples: string): Command {
  return command.description(description).addHelpText('after', `\nExamples:\n${examples}`)
}
