import { spawnSync } from 'node:child_process'
import { Machine, removeAll, stopAll } from './machine.ts'
import { inNetwork } from './network.ts'
import { type MachineName, machines } from './settings.ts'

const usage = `usage: node test/lab/vm/cli.ts COMMAND   (NAME: ${Object.keys(machines).join(', ')})
  boot NAME           boot a machine on the disk that it has, or on a fresh one
  load NAME STATE     bring a saved state back
  shell NAME [CMD…]   open a shell, or run one command, on a machine that runs
  in CMD…             run a command of this host in the machines' network: kadm, kubectl
  stop                cut the power of all machines and remove their network
  remove              the same, and delete the image, the disks and the saved states`

async function main(): Promise<number> {
  const [command, first = '', ...rest] = process.argv.slice(2)
  if (command === 'stop') await stopAll()
  else if (command === 'remove') await removeAll()
  else if (command === 'in' && first) return attached(inNetwork([first, ...rest]))
  else if (first in machines) return onMachine(await Machine.named(first as MachineName), command, rest)
  else return help()
  return 0
}

async function onMachine(machine: Machine, command = '', rest: readonly string[]): Promise<number> {
  if (command === 'shell') return attached(machine.sshCommand(rest))
  if (command === 'load' && rest[0]) await machine.load(rest[0])
  else if (command === 'boot') await (machine.hasDisk ? machine.boot() : machine.bootFresh())
  else return help()
  return 0
}

function attached([file = '', ...args]: readonly string[]): number {
  return spawnSync(file, args, { stdio: 'inherit' }).status ?? 1
}

function help(): number {
  console.error(usage)
  return 2
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
