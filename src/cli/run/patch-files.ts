import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ListPatchFiles, PatchFile } from '../../config/documents/patch-files.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { ownPath } from '../named-paths.ts'
import { readOwnText } from '../options.ts'

/**
 * Lists all files below a directory of the operator's host, sorted by name with subdirectories in place, as kubeadm
 * orders them. As in kubeadm, a link to a directory is an error. Throws CONFIG_UNREADABLE.
 */
export const patchFiles: ListPatchFiles = directory => {
  try {
    const path = ownPath(directory)
    if (lstatSync(path).isDirectory()) return filesBelow(path)
    throw new Error('not a directory')
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such directory' : (cause as Error).message
    throw new KadmError('CONFIG_UNREADABLE', `could not list patch files for path "${directory}": ${reason}`, {
      cause,
      hint: 'give --patches, or patches.directory, a readable local directory',
    })
  }
}

function filesBelow(directory: string): readonly PatchFile[] {
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap(entry => {
    const path = join(directory, entry.name)
    return entry.isDirectory() ? filesBelow(path) : [{ path, read: () => readOwnText(path, '--patches') }]
  })
}
