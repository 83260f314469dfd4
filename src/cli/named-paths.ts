import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { KadmError } from '../errors/kadm-error.ts'

/** The whole path of a file on the host that kadm runs on: from the working directory, or after `~/` from the home. */
export function ownPath(file: string): string {
  return resolve(file.replace(/^~(?=\/|$)/, homedir()))
}

export interface NamedPath {
  /** `--kubeconfig`, or the variable that holds the path. */
  readonly by: string
  /** True when the path is on another host than the one that kadm runs on. */
  readonly remote: boolean
}

/** The whole path of a file on the host that a command works on. Throws USAGE for a relative one on another host. */
export function machinePath(path: string, { by, remote }: NamedPath): string {
  const whole = wholePath(path, remote)
  if (whole !== undefined) return whole
  throw new KadmError(
    'USAGE',
    `${by} ${path === '' ? '""' : path} is not an absolute path on the host given by --host`,
    {
      hint: `use an absolute path, such as ${by} /root/${path.replace(/^[~./]*/, '') || 'folder'}`,
    },
  )
}

/** The same, undefined for a relative path on another host. */
export function wholePath(path: string, remote: boolean): string | undefined {
  if (!remote) return ownPath(path)
  return path.startsWith('/') ? path : undefined
}
