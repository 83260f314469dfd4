import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectPods } from '../lab/pods.ts'
import { program } from '../lab/program.ts'
import { say, since } from '../lab/progress.ts'
import { Machine, saveTogether } from '../lab/vm/machine.ts'
import type { MachineName } from '../lab/vm/settings.ts'
import type { Answer, Operator } from './operator.ts'
import { initConfig, joinConfig } from './settings.ts'

/** Machines in a saved state, and kadm's answer on the way to it. */
interface At {
  readonly machines: readonly Machine[]
  readonly answer: Answer
}

interface State {
  readonly name: string
  /** The digest of what made it; a state that something else made is made again. */
  readonly madeBy: string
  readonly of: readonly MachineName[]
  /** Makes it from the states before. */
  make(): Promise<Answer>
}

/** A machine that has just booted for the first time. */
export async function freshMachine(name: MachineName): Promise<Machine> {
  const machine = await Machine.named(name)
  const make = async () => {
    await machine.bootFresh()
    return {}
  }
  await reach({ name: 'booted', madeBy: '', of: [name], make })
  return machine
}

/** cp1 after `kadm init` over SSH. */
export async function initialized(operator: Operator): Promise<At> {
  const make = async () => {
    const cp1 = await freshMachine('cp1')
    return operator.answer(['init', '--config', operator.initConfig, '--host', cp1.ssh()])
  }
  const at = await reach({ name: 'initialized', madeBy: kadm(), of: ['cp1'], make })
  await operator.useCluster(at.machines[0]?.ssh() ?? '')
  return at
}

/** Joins the worker through sudo, and gives all pods a network. */
export async function joinWorker(operator: Operator, worker: Machine, from: Machine): Promise<Answer> {
  const hosts = ['--host', worker.ssh('ops'), '--from', from.ssh()]
  const answer = await operator.answer(['join', ...hosts, '--config', operator.joinConfig])
  const ranges = 'jsonpath={.items[*].spec.podCIDR}'
  await operator.kubectlUntil(['get', 'nodes', '-o', ranges], output => output.split(' ').length === 2)
  await connectPods(from, [from, worker])
  await operator.untilReady()
  return answer
}

/** cp1 and w1 as a cluster: both Ready, with pod networks and DNS, and a ConfigMap `kept`. */
export async function cluster(operator: Operator): Promise<At> {
  const make = async () => {
    const w1 = await freshMachine('w1')
    const { machines } = await initialized(operator)
    const answer = await joinWorker(operator, w1, machines[0] as Machine)
    await operator.kubectl(['create', 'configmap', 'kept', '--from-literal=before=the restart'])
    return answer
  }
  const at = await reach({ name: 'cluster', madeBy: kadm(), of: ['cp1', 'w1'], make })
  await operator.useCluster(at.machines[0]?.ssh() ?? '')
  await operator.untilReady()
  return at
}

async function reach({ name, madeBy, of, make }: State): Promise<At> {
  const machines = await Promise.all(of.map(one => Machine.named(one)))
  const record = join(machines[0]?.dir ?? '', `${name}.json`)
  const saved = existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as Saved) : undefined
  const start = performance.now()
  if (saved?.madeBy === madeBy && machines.every(machine => existsSync(mark(machine, saved)))) {
    for (const machine of machines) await machine.load(name)
    say(`${of.join(' and ')} go on from state ${name} (${since(start)})`)
    return { machines, answer: saved.answer }
  }
  rmSync(record, { force: true })
  const answer = await make()
  await saveTogether(machines, name)
  const made: Saved = { madeBy, id: randomUUID(), answer }
  for (const machine of machines) writeFileSync(mark(machine, made), '')
  writeFileSync(record, JSON.stringify(made))
  say(`${of.join(' and ')} are in state ${name} (${since(start)})`)
  return { machines, answer }
}

interface Saved {
  readonly madeBy: string
  readonly id: string
  readonly answer: Answer
}

/** A file that goes with the disk of a machine: without it, the machine has lost the state. */
const mark = (machine: Machine, { id }: Saved) => join(machine.dir, id)

/** A digest of what makes a cluster: kadm and its configuration. */
function kadm(): string {
  return createHash('sha256').update(readFileSync(program)).update(initConfig).update(joinConfig).digest('hex')
}
