import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { childrenOf } from '../lab/host.ts'
import type { LabNode } from '../lab/lab.ts'
import { programOnNode } from '../lab/program.ts'
import type { Here } from './kadm.ts'
import { kubectl } from './observe.ts'

/** A line of `--progress json`. */
export interface RunEvent {
  readonly type: string
  readonly phase?: string
  readonly node?: string
  readonly code?: string
  readonly text?: string
}

/** When a run is killed: a number of milliseconds after an event of a phase, or after the start of the run. */
export interface KillPoint {
  readonly phase?: string
  readonly type: 'run-started' | 'step-started' | 'step-done'
  readonly afterMs?: number
}

export interface Ended {
  /** 137 if it was killed. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly events: readonly RunEvent[]
}

/** A run of kadm with its events. */
export interface Running {
  readonly ended: Promise<Ended>
  /** Resolves at the first matching event, or when the run has ended. */
  until(fits: (event: RunEvent) => boolean): Promise<RunEvent | undefined>
  /** As by `kill -9`. */
  kill(): void
}

const json = ['--progress', 'json', '-o', 'json'] as const

/** Starts kadm on a node. */
export function startOn(node: LabNode, args: readonly string[]): Running {
  const [file = '', ...rest] = node.enter([programOnNode, ...args, ...json])
  // nsenter waits for kadm, which is its child.
  return follow(spawn(file, rest), child => childrenOf(child.pid ?? 0))
}

/** Starts kadm on this host. */
export function startHere(here: Here, args: readonly string[]): Running {
  return follow(here.start([...args, ...json]))
}

/** Follows a process whose stderr is lines of JSON; a kill ends the `victims`. */
function follow(child: ChildProcess, victims = (one: ChildProcess) => [one.pid ?? 0]): Running {
  const events: RunEvent[] = []
  const listeners = new Set<(event: RunEvent | undefined) => void>()
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', chunk => {
    stdout += chunk
  })
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', line => {
      stderr += `${line}\n`
      if (!line.startsWith('{')) return
      const event = JSON.parse(line) as RunEvent
      events.push(event)
      for (const listener of listeners) listener(event)
    })
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      for (const listener of listeners) listener(undefined)
      resolve({ code: signal === null ? (code ?? 128) : 137, stdout, stderr, events })
    })
  })
  return {
    ended,
    until: fits =>
      new Promise(resolve => {
        const found = events.find(fits)
        if (found !== undefined || child.exitCode !== null) return resolve(found)
        const listener = (event: RunEvent | undefined) => {
          if (event !== undefined && !fits(event)) return
          listeners.delete(listener)
          resolve(event)
        }
        listeners.add(listener)
      }),
    kill() {
      if (child.exitCode !== null) return
      for (const pid of victims(child)) if (pid > 0) process.kill(pid, 'SIGKILL')
    },
  }
}

/**
 * Waits until a run reaches a point and kills it there. A run that ends earlier must have succeeded. Fails if the run has
 * no such phase.
 */
export async function killAt(run: Running, point: KillPoint): Promise<Ended> {
  const fits = ({ type, phase }: RunEvent) =>
    type === point.type && (point.phase === undefined || phase === point.phase)
  const reached = await run.until(fits)
  if (reached !== undefined) {
    if (point.afterMs !== undefined) await Promise.race([run.ended, passed(point.afterMs)])
    run.kill()
  }
  const ended = await run.ended
  if (ended.code !== 137 && ended.code !== 0) {
    throw new Error(`kadm failed before ${show(point)} with exit code ${ended.code}\n${ended.stderr}`)
  }
  const visited = point.phase === undefined || ended.events.some(({ phase }) => phase === point.phase)
  if (!visited) throw new Error(`the run has no phase ${point.phase}`)
  return ended
}

export function show({ type, phase, afterMs }: KillPoint): string {
  const moment = phase === undefined ? type : `${type} of ${phase}`
  return afterMs === undefined ? moment : `${afterMs} ms after ${moment}`
}

function passed(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** Temporary files that a killed run left on a node. */
export async function leftovers(node: LabNode): Promise<readonly string[]> {
  const { stdout } = await node.run(`find / -xdev -name '.kadm-*'; find /run /var/lib/kubelet -name '.kadm-*'`)
  return stdout.split('\n').filter(line => line !== '')
}

/** Descriptions of the bootstrap tokens in the cluster, one per token. */
export async function tokens(controlPlane: LabNode): Promise<readonly string[]> {
  return (await tokenSecrets(controlPlane)).map(({ description }) => description)
}

export async function tokenSecrets(
  controlPlane: LabNode,
): Promise<readonly { readonly description: string; readonly expires: Date }[]> {
  const type = '--field-selector type=bootstrap.kubernetes.io/token'
  const list = await kubectl(controlPlane, `-n kube-system get secrets ${type} -o json`)
  const { items } = JSON.parse(list) as { items: readonly { data: Record<string, string> }[] }
  const text = (value = '') => Buffer.from(value, 'base64').toString()
  return items.map(({ data }) => ({ description: text(data.description), expires: new Date(text(data.expiration)) }))
}

/** Names of the Nodes in the cluster. */
export async function nodeNames(controlPlane: LabNode): Promise<readonly string[]> {
  const names = await kubectl(controlPlane, `get nodes -o jsonpath='{range .items[*]}{.metadata.name}{"\\n"}{end}'`)
  return names.trim().split('\n').sort()
}

/** Waits until a run reaches a point, disconnects the host from the network, and waits for the error of the run. */
export async function cutOff(run: Running, point: KillPoint, node: LabNode) {
  await run.until(({ type, phase }) => type === point.type && phase === point.phase)
  await passed(point.afterMs ?? 0)
  await node.disconnect()
  const started = performance.now()
  const ended = await run.ended
  const failed = ended.events.filter(({ type }) => type === 'step-failed')
  return { ...ended, seconds: (performance.now() - started) / 1000, phases: failed.map(({ phase }) => phase) }
}
