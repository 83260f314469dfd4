import { Argument, type Command } from 'commander'
import { type AddCommand, describe } from '../command.ts'
import { type Shell, shells } from './shells.ts'

const examples = `\
  source <(kadm completion bash)                        in this shell; in ~/.bashrc: in every shell
  source <(kadm completion zsh)                         the same for zsh, after compinit
  kadm completion fish >~/.config/fish/completions/kadm.fish`

export const addCompletion: AddCommand = (program, act) => {
  describe(program.command('completion'), 'print the completion script of a shell', examples)
    .addArgument(new Argument('<shell>', 'shell to print the script for').choices(shells))
    .action(
      act(async () => {
        const { scriptOf } = await import('./scripts.ts')
        return async (shell: Shell) => {
          process.stdout.write(scriptOf(shell))
          return 0
        }
      }),
    )
  addAnswer(program, act)
}

/** What the scripts run: `kadm __complete -- WORD...` completes the last word. */
const addAnswer: AddCommand = (program, act) => {
  const purpose = 'print what completes the last word, for the scripts of `kadm completion`'
  const answer: Command = program.command('__complete', { hidden: true })
  describe(answer, purpose, '  kadm __complete -- init --progress ""')
    .argument('[words...]', 'words of the command line, without the name of the program')
    .action(
      act(async () => {
        const { answerOf } = await import('./answer.ts')
        return async (words: readonly string[]) => {
          process.stdout.write(await answerOf(program, words))
          return 0
        }
      }),
    )
}
