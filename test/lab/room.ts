import { existsSync, mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { removeDeadLabs } from './cleanup.ts'
import { type InotifyUser, inotifyUsers, mostInstances } from './inotify.ts'
import { withLock } from './lock.ts'
import { say } from './progress.ts'
import { cgroupName, labIds, nodeDir, nodeNames, readLab } from './state.ts'

/**
 * inotify instances of root on a control plane with CoreDNS, on a worker, and on a node without a cluster: 29, 15 and 8
 * were counted.
 */
const onControlPlane = 28
const onWorker = 14
const onMachine = 8
const patienceMs = 30 * 60_000

/** The maximum of simultaneous nodes of a lab, by their role. */
export interface Most {
  controlPlanes?: number
  workers?: number
  /** Nodes that never join a cluster. */
  machines?: number
}

/** The nodes that a lab needs room for: its maximum, or its current nodes. */
export interface Wants {
  most?: Most
  nodes: number
}

/** Why nodes cannot start now; `forever` if the end of no lab makes room for them. */
export interface Shortage {
  message: string
  forever: boolean
}

/**
 * The inotify instances that the nodes of a lab may use. A lab with a maximum keeps room for it while it has a node;
 * without it, its first three nodes count as control planes and the others as workers. On a host without free instances
 * containerd starts without its CRI plugin, or a kubelet exits.
 */
function instancesOf({ most, nodes }: Wants): number {
  if (nodes === 0) return 0
  if (most === undefined) return Math.min(nodes, 3) * onControlPlane + Math.max(nodes - 3, 0) * onWorker
  const { controlPlanes = 0, workers = 0, machines = 0 } = most
  return controlPlanes * onControlPlane + workers * onWorker + machines * onMachine
}

function sizeOf({ controlPlanes = 0, workers = 0, machines = 0 }: Most): number {
  return controlPlanes + workers + machines
}

/**
 * Returns whether a lab can have its nodes.
 * @param most fs.inotify.max_user_instances.
 * @param others instances of programs outside this user's labs.
 * @param labs the other labs.
 * @param mine the lab with its current nodes and the new ones.
 */
export function shortage(
  most: number,
  others: readonly InotifyUser[],
  labs: readonly Wants[],
  mine: Wants,
): Shortage | undefined {
  const taken = others.reduce((sum, user) => sum + user.instances, 0)
  const own = instancesOf(mine)
  const inLabs = labs.reduce((sum, lab) => sum + instancesOf(lab), 0)
  if (taken + inLabs + own <= most) return undefined
  const biggest = others.toSorted((a, b) => b.instances - a.instances).slice(0, 3)
  const holders = [
    ...(inLabs > 0 ? [`other labs ${inLabs}`] : []),
    ...biggest.map(({ program, instances, labCgroup }) => `${labCgroup ?? program} ${instances}`),
  ]
  const held = holders.length === 0 ? '' : `; in use: ${holders.join(', ')}`
  const message = `${mine.most ? sizeOf(mine.most) : mine.nodes} nodes need up to ${own} inotify instances, and fs.inotify.max_user_instances is ${most}${held}`
  return { message, forever: taken + own > most }
}

/**
 * Creates the directories of new nodes after the host has room for all of them; waits for labs of other processes to
 * end. @throws Error if a name is in use, if the nodes can never fit, or after 30 minutes.
 */
export async function takeRoom(labId: string, names: readonly string[]): Promise<void> {
  const end = Date.now() + patienceMs
  let announced = false
  for (;;) {
    const short = await withLock('labs', async () => reserve(labId, names))
    if (short === undefined) return
    if (short.forever || Date.now() > end)
      throw new Error(`${short.message}. End other labs and programs, or raise that setting.`)
    if (!announced) say(`waits for other labs to end: ${short.message}`)
    announced = true
    await sleep(1000)
  }
}

function reserve(labId: string, names: readonly string[]): Shortage | undefined {
  const taken = names.find(name => existsSync(nodeDir(labId, name)))
  if (taken !== undefined) throw new Error(`the lab already has a node ${taken}`)
  removeDeadLabs()
  const ids = labIds()
  const cgroups = new Set(ids.flatMap(id => nodeNames(id).map(node => cgroupName(id, node))))
  const others = inotifyUsers().filter(({ labCgroup }) => labCgroup === undefined || !cgroups.has(labCgroup))
  const labs = ids.filter(id => id !== labId).map(id => wantsOf(id))
  const mine = wantsOf(labId, names.length)
  if (mine.most && mine.nodes > sizeOf(mine.most))
    throw new Error(
      `lab ${labId} keeps room for ${sizeOf(mine.most)} nodes and is to have ${mine.nodes}: raise its \`most\``,
    )
  const short = shortage(mostInstances(), others, labs, mine)
  if (short === undefined) for (const name of names) mkdirSync(nodeDir(labId, name), { recursive: true })
  return short
}

function wantsOf(labId: string, more = 0): Wants {
  const most = readLab(labId)?.most
  return { nodes: nodeNames(labId).length + more, ...(most ? { most } : {}) }
}
