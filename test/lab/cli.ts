import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { attachLab, removeLab, startLab, sweep } from './lab.ts'
import { prepare } from './prepare.ts'
import { since } from './progress.ts'
import { kubernetesVersions } from './versions.ts'

const usage = `usage: node test/lab/cli.ts COMMAND
  prepare                                   make all that nodes need (once; later starts are quick)
  up NAME [--nodes N] [--kubernetes vX.Y.Z] start a lab that stays until "down"
  down NAME                                 remove it
  shell NAME NODE [COMMAND...]              a root shell, or one command, on a node
  sweep                                     remove what crashed labs left`

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2, process.argv[2] === 'shell' ? 5 : undefined),
    options: { nodes: { type: 'string', default: '2' }, kubernetes: { type: 'string', default: 'v1.37.2' } },
    allowPositionals: true,
  })
  const [command, name, node] = positionals
  if (command === 'prepare') await prepare(kubernetesVersions)
  else if (command === 'sweep') for (const id of await sweep()) console.log(`removed ${id}`)
  else if (command === 'up' && name) await up(name, Number(values.nodes), values.kubernetes)
  else if (command === 'down' && name) await removeLab(name)
  else if (command === 'shell' && name && node) return shell(name, node, process.argv.slice(5))
  else {
    console.error(usage)
    return 2
  }
  return 0
}

async function up(name: string, count: number, version: string): Promise<void> {
  const kubernetes = kubernetesVersions.find(known => known === version)
  if (!kubernetes) throw new Error(`the lab has Kubernetes ${kubernetesVersions.join(' and ')}, not ${version}`)
  if (!Number.isInteger(count) || count < 1) throw new Error('--nodes takes a number from 1')
  const lab = await startLab({ name, detached: true })
  const start = performance.now()
  try {
    const names = Array.from({ length: count }, (_, index) => ({ name: `node${index + 1}`, kubernetes }))
    for (const node of await lab.startNodes(...names)) console.log(`ssh ${[...node.sshArgs, node.ssh()].join(' ')}`)
  } catch (error) {
    await lab.stop()
    throw error
  }
  console.log(`${count} nodes up after ${since(start)}; end with: node test/lab/cli.ts down ${name}`)
}

function shell(name: string, node: string, command: readonly string[]): number {
  const env = { TERM: process.env.TERM ?? 'dumb' }
  const [file = '', ...args] = attachLab(name)
    .node(node)
    .enter(command.length > 0 ? command : ['bash', '-l'], { env })
  return spawnSync(file, args, { stdio: 'inherit' }).status ?? 1
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
