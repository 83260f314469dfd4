import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cgroupProcesses, removeCgroup } from './cgroups.ts'
import { mountPoints } from './host.ts'
import { withLock } from './lock.ts'
import { removeNetwork, unplug } from './network.ts'
import { cgroupName, isAlive, labDir, labIds, nodeDir, nodeNames, readLab, readNode } from './state.ts'

// Everything here is synchronous, because it also runs while the process exits.

/**
 * Ends a node and removes everything it had on this host: processes, mounts, cgroups, network, files. It can be called
 * again after an interrupt.
 * @throws Error if processes, mounts or cgroups still exist after 10 s.
 */
export function removeNode(labId: string, node: string): void {
  endNode(labId, node)
  removeFolder(nodeDir(labId, node))
}

/** Ends a node as a power cut does: only its files remain. */
export function endNode(labId: string, node: string): void {
  const cgroup = cgroupName(labId, node)
  const init = readNode(labId, node)?.init
  if (init && isAlive(init)) kill(init.pid)
  insist(`processes of node ${node} do not end`, () => {
    const pids = cgroupProcesses(cgroup)
    for (const pid of pids) kill(pid)
    return pids.length === 0
  })
  // The kernel needs time to remove an ended node's network, but another lab may need the same names at once.
  const state = readNode(labId, node)
  if (state) unplug(state.address)
  insist(`cgroups of node ${node} stay busy`, () => removeCgroup(cgroup))
}

/** Removes a lab with all its nodes and its bridge; does nothing for a lab that does not exist. */
export function removeLabNow(id: string): void {
  if (!existsSync(labDir(id))) return
  for (const node of nodeNames(id)) removeNode(id, node)
  const state = readLab(id)
  if (state) removeNetwork(state)
  removeFolder(labDir(id))
}

/**
 * Removes labs whose owner has ended: what their state files record, and nothing else on this host. Call it under the
 * lock `labs`, so that no lab is being created.
 */
export function removeDeadLabs(): string[] {
  const dead = labIds().filter(id => {
    const state = readLab(id)
    return !(state && (state.owner === null || isAlive(state.owner)))
  })
  for (const id of dead) removeLabNow(id)
  return dead
}

/** Removes what crashed processes left of their labs; returns the IDs of the removed labs. */
export function sweep(): Promise<string[]> {
  return withLock('labs', async () => removeDeadLabs())
}

function removeFolder(dir: string): void {
  insist(`mounts below ${dir} stay busy`, () => {
    const points = mountPoints().filter(point => point.startsWith(`${dir}/`))
    for (const point of points.reverse()) spawnSync('umount', ['-l', point])
    return points.length === 0
  })
  // Last, because a directory of the host may have been mounted below.
  const { status, stderr } = spawnSync('rm', ['-rf', '--one-file-system', dir], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`cannot remove ${dir}: ${stderr}`)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has just ended
  }
}

function insist(problem: string, attempt: () => boolean): void {
  const end = Date.now() + 10_000
  while (!attempt()) {
    if (Date.now() > end) throw new Error(problem)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  }
}
