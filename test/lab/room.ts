import { existsSync, mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { removeDeadLabs } from './cleanup.ts'
import { type InotifyUser, inotifyUsers, mostInstances } from './inotify.ts'
import { withLock } from './lock.ts'
import { say } from './progress.ts'
import { cgroupName, labIds, nodeDir, nodeNames } from './state.ts'

/** inotify instances of root on a control plane with CoreDNS, and on a worker: 29 and 14 were counted. */
const onControlPlane = 28
const onWorker = 14
const patienceMs = 30 * 60_000

/** What stands against starting nodes now; `forever` when no lab's end makes room for them. */
export interface Shortage {
  message: string
  forever: boolean
}

/**
 * What this many nodes of a lab may come to hold: three control planes, then workers.
 * A machine that runs short lets containerd start without its CRI plugin, or ends a kubelet.
 */
function instancesOf(nodes: number): number {
  return Math.min(nodes, 3) * onControlPlane + Math.max(nodes - 3, 0) * onWorker
}

/**
 * Judges whether a lab can have `wanted` more nodes.
 * @param most fs.inotify.max_user_instances.
 * @param others instances of programs outside this user's labs.
 * @param labs numbers of nodes of the other labs.
 * @param mine nodes that the lab has already.
 */
export function shortage(
  most: number,
  others: readonly InotifyUser[],
  labs: readonly number[],
  mine: number,
  wanted: number,
): Shortage | undefined {
  const taken = others.reduce((sum, user) => sum + user.instances, 0)
  const own = instancesOf(mine + wanted)
  const inLabs = labs.reduce((sum, nodes) => sum + instancesOf(nodes), 0)
  if (taken + inLabs + own <= most) return undefined
  const biggest = others.toSorted((a, b) => b.instances - a.instances).slice(0, 3)
  const holders = [
    ...(inLabs > 0 ? [`other labs ${inLabs}`] : []),
    ...biggest.map(({ program, instances, labCgroup }) => `${labCgroup ?? program} ${instances}`),
  ]
  const held = holders.length === 0 ? '' : `; in use: ${holders.join(', ')}`
  const message = `${mine + wanted} nodes need up to ${own} inotify instances, and fs.inotify.max_user_instances is ${most}${held}`
  return { message, forever: taken + own > most }
}

/**
 * Makes the folders of new nodes once the machine has room for all of them; waits for labs of other processes to end.
 * @throws Error when a name is taken, when the nodes can never fit, or after 30 minutes.
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
  const labs = ids.filter(id => id !== labId).map(id => nodeNames(id).length)
  const short = shortage(mostInstances(), others, labs, nodeNames(labId).length, names.length)
  if (short === undefined) for (const name of names) mkdirSync(nodeDir(labId, name), { recursive: true })
  return short
}
