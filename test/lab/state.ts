import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startTime } from './host.ts'
import { runDir } from './paths.ts'
import type { Most } from './room.ts'
import type { KubernetesVersion } from './versions.ts'

/** A process by ID and start time, which distinguishes it from a later process with the same ID. */
export interface ProcessRef {
  pid: number
  startTime: string
}

/** A lab's network: the N of 10.77.N.0/24 and fd77:0:0:N::/64, and the hardware address of its bridge. */
export interface LabNetwork {
  net: number
  mac: string
}

/** The lab's own record in `lab.json`. `owner` is null for a lab that outlives its creator. */
export interface LabState extends LabNetwork {
  id: string
  owner: ProcessRef | null
  most?: Most
  /** What nodes have images and real kubeadms of. */
  versions: readonly KubernetesVersion[]
}

/** What the lab records about a node in `nodes/<name>/node.json`. */
export interface NodeState {
  name: string
  kubernetes: KubernetesVersion
  address: string
  address6: string
  /** The node's systemd, as this host sees it. */
  init: ProcessRef
  hostPublicKey: string
}

export const labDir = (id: string) => join(runDir, id)
export const nodeDir = (labId: string, node: string) => join(runDir, labId, 'nodes', node)
export const cgroupName = (labId: string, node: string) => `kadm-lab.${labId}.${node}`
export const bridgeName = (net: number) => `kadm${net}`

/** Returns a reference to a running process. Throws if it has ended. */
export function processRef(pid: number): ProcessRef {
  const started = startTime(pid)
  if (started === undefined) throw new Error(`process ${pid} has ended`)
  return { pid, startTime: started }
}

export function isAlive(ref: ProcessRef): boolean {
  return startTime(ref.pid) === ref.startTime
}

/** Ids of all labs with a state directory, complete or not. */
export function labIds(): string[] {
  return existsSync(runDir) ? readdirSync(runDir) : []
}

/** Returns a lab's record; undefined if its creator ended before writing it. */
export function readLab(id: string): LabState | undefined {
  return readJson<LabState>(join(labDir(id), 'lab.json'))
}

export function writeLab(state: LabState): void {
  writeJson(join(labDir(state.id), 'lab.json'), state)
}

/** Names of a lab's nodes, including those that never started. */
export function nodeNames(labId: string): string[] {
  const dir = join(labDir(labId), 'nodes')
  return existsSync(dir) ? readdirSync(dir) : []
}

export function readNode(labId: string, node: string): NodeState | undefined {
  return readJson<NodeState>(join(nodeDir(labId, node), 'node.json'))
}

export function writeNode(labId: string, state: NodeState): void {
  writeJson(join(nodeDir(labId, state.name), 'node.json'), state)
}

function readJson<T>(file: string): T | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined
}

function writeJson(file: string, value: unknown): void {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify(value, null, 2))
  renameSync(`${file}.new`, file)
}
