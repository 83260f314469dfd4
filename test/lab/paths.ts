import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The lab's own directory in the repository. */
export const labSource = dirname(fileURLToPath(import.meta.url))

/** Everything the lab keeps: components, layers, image stores and the state of running labs. */
export const cacheDir = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kadm-lab')

/** State of running labs, one directory per lab. */
export const runDir = join(cacheDir, 'run')

/** The directory with ready-built components (`<name>-<version>.tar.xz`), or undefined when there is none. */
export function kitDir(): string | undefined {
  const dir = process.env.KADM_LAB_KIT ?? resolve(labSource, '..', '..', '..', 'shared', 'kit')
  return existsSync(dir) ? dir : undefined
}
