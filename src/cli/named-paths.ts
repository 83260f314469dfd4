import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { KadmError } from '../errors/kadm-error.ts'

/**
 * Returns the absolute path of a file on the host that kadm runs on: relative to the working directory, or to the home
 * directory after `~/`.
 */
export function ownPath(file: string): string {
  return resolve(file.replace(/^~(?=\/|$)/, homedir()))
}

export interface NamedPath {
  /** The source of the path: `--kubeconfig` or an environment variable. */
  readonly by: string
  /** True if the path is on another host than the one that kadm runs on. */
  readonly remote: boolean
}

/** Returns the absolute path of a file on the host of a command. Throws USAGE for a relative path on another host. */
export function machinePath(path: string, { by, remote }: NamedPath): string {
  const whole = wholePath(path, remote)
  if (whole !== undefined) return whole
  throw new KadmError(
    'USAGE',
    `${by} ${path === '' ? '""' : path} is not an absolute path on the host given by --host`,
    {
      hint: `use an absolute path, such as ${by} /root/${path.replace(/^[~./]*/, '') || 'directory'}`,
    },
  )
}

/** Like machinePath, but returns undefined for a relative path on another host. */
export function wholePath(path: string, remote: boolean): string | undefined {
  if (!remote) return ownPath(path)
  return path.startsWith('/') ? path : undefined
}
