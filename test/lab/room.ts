import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { removeDeadLabs } from './cleanup.ts'
import { withLock } from './lock.ts'
import { say } from './progress.ts'
import { labIds, nodeDir, nodeNames } from './state.ts'

/** inotify instances of a node: about 22 on a control plane, 14 on a worker. */
const perNode = 20
const patienceMs = 30 * 60_000

/** How many nodes the machine carries at once: beyond that containerd comes up without its CRI plugin. */
function capacity(): number {
  return Math.floor(Number(readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8')) / perNode)
}

/**
 * Makes the folders of new nodes once the machine has room for all of them; labs of other processes are waited for.
 * @throws Error when a name is taken, when the lab alone is too large, or after 30 minutes.
 */
export async function takeRoom(labId: string, names: readonly string[]): Promise<void> {
  const most = capacity()
  const end = Date.now() + patienceMs
  let told = false
  while (!(await withLock('labs', async () => reserve(labId, names, most)))) {
    const mine = nodeNames(labId).length + names.length
    if (mine > most || Date.now() > end) throw new Error(tooMany(mine, most))
    if (!told) say(`waits for room: the machine carries ${most} nodes at once`)
    told = true
    await sleep(1000)
  }
}

function reserve(labId: string, names: readonly string[], most: number): boolean {
  const taken = names.find(name => existsSync(nodeDir(labId, name)))
  if (taken !== undefined) throw new Error(`the lab already has a node ${taken}`)
  removeDeadLabs()
  const running = labIds().reduce((sum, id) => sum + nodeNames(id).length, 0)
  if (running + names.length > most) return false
  for (const name of names) mkdirSync(nodeDir(labId, name), { recursive: true })
  return true
}

function tooMany(wanted: number, most: number): string {
  return `${wanted} nodes do not fit: fs.inotify.max_user_instances lets this machine carry ${most} at once; end other labs, or raise it`
}
