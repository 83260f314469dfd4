import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

/** A program that holds inotify instances of root, and the cgroup of the lab node that it belongs to, if any. */
export interface InotifyUser {
  program: string
  instances: number
  labCgroup?: string
}

/** The maximum number of inotify instances of one user; the users of all nodes are users of this host. */
export function mostInstances(): number {
  return Number(readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8'))
}

/** All processes that hold inotify instances of root, those of nodes included. */
export function inotifyUsers(): InotifyUser[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(inotifyUser)
    .filter(user => user !== undefined)
}

/** The inotify instances of one process; undefined if it has none, does not exist or does not belong to root. */
export function inotifyUser(pid: string): InotifyUser | undefined {
  try {
    if (statSync(`/proc/${pid}`).uid !== 0) return undefined
    const instances = readdirSync(`/proc/${pid}/fd`).filter(fd => isInotify(`/proc/${pid}/fd/${fd}`)).length
    if (instances === 0) return undefined
    const labCgroup = /:\/(kadm-lab\.[^/\n]+)/.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1]
    const program = readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
    return { program, instances, ...(labCgroup === undefined ? {} : { labCgroup }) }
  } catch {
    return undefined // it has just ended
  }
}

function isInotify(link: string): boolean {
  try {
    return readlinkSync(link) === 'anon_inode:inotify'
  } catch {
    return false // it has just been closed
  }
}
