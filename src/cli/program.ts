import { Command, CommanderError } from 'commander'
import { kadmVersion } from '../cluster/kadm-version.ts'
import { readForms } from './argv.ts'
import { addCerts } from './certs/command.ts'
import { type Act, type AddCommand, describe } from './command.ts'
import { addCompletion } from './completion/command.ts'
import { addConfig } from './config/command.ts'
import { addInit } from './init/command.ts'
import { addJoin } from './join/command.ts'
import { addKubeconfig } from './kubeconfig/command.ts'
import { addNode } from './node/command.ts'
import { addPreflight } from './preflight/command.ts'
import { addReset } from './reset/command.ts'
import { addRuns } from './runs/command.ts'
import { addToken } from './token/command.ts'
import { addUpgrade } from './upgrade/command.ts'
import { usageError } from './usage-error.ts'
import { addVersion } from './version/command.ts'

/** The commands in the order of the help. */
const commands: readonly AddCommand[] = [
  addVersion,
  addInit,
  addJoin,
  addReset,
  addUpgrade,
  addNode,
  addPreflight,
  addKubeconfig,
  addToken,
  addConfig,
  addCerts,
  addRuns,
  addCompletion,
]

const examples = `\
  kadm init --host root@cp1                             a control plane node on cp1, over SSH
  kadm join --host root@w1 --from root@cp1              a worker
  kadm kubeconfig fetch --host root@cp1                 writes ./admin.conf, for kubectl`

/** Creates the command line parser. Each action loads its own code, so that `kadm version` starts fast. */
export function makeProgram(): { readonly program: Command; run(argv: readonly string[]): Promise<number> } {
  let exitCode = 0
  const purpose = 'Provisions Kubernetes clusters like kubeadm, on this host or on many hosts over SSH.'
  const program = describe(new Command('kadm'), purpose, examples)
    .version(kadmVersion, '--version', 'print the version of kadm')
    .enablePositionalOptions()
    .exitOverride()
    // reportError prints errors. A command that is only a group prints its help to stdout.
    .configureOutput({ outputError: () => undefined, writeErr: text => process.stdout.write(text) })
  const act: Act =
    load =>
    async (...args) => {
      exitCode = await (await load())(...args)
    }
  for (const add of commands) add(program, act)
  const reached = [program]
  onReached(program, command => void reached.unshift(command))
  return {
    program,
    async run(argv) {
      const { words, fault } = readForms(program, argv)
      if (words.length === 0) program.outputHelp()
      // The hook runs when the command is known, which may answer in JSON.
      program.hook('preAction', () => {
        if (fault !== undefined) throw fault
      })
      try {
        if (words.length > 0) await program.parseAsync(words, { from: 'user' })
        return exitCode
      } catch (error) {
        const parsed = error instanceof CommanderError
        if (parsed && (error.exitCode === 0 || error.code === 'commander.help')) return 0
        const [command = program] = reached
        const { reportError } = await import('./report-error.ts')
        return reportError(parsed ? usageError(error, command) : error, {
          ...command.opts(),
          onControlPlane: onControlPlane.includes(topOf(command)),
        })
      }
    },
  }
}

/** Commands that work on a control plane of the cluster. */
const onControlPlane = ['init', 'node', 'token', 'kubeconfig', 'upgrade']

function topOf(command: Command): string {
  return command.parent?.parent ? topOf(command.parent) : command.name()
}

/** Calls `visit` for each command on the command line, at any depth. */
function onReached(group: Command, visit: (command: Command) => void): void {
  if (group.commands.length === 0) return
  group.hook('preSubcommand', (_, command) => visit(command))
  for (const command of group.commands) onReached(command, visit)
}
