import type { Flag } from './flag.ts'
import { flagsOf } from './flags.ts'

const listed = ['config', 'feature-gates', 'image-repository', 'kubernetes-version']

/** Returns the flags of `config images list` and `pull`: those of init that select images. */
export function imageFlags(command: 'list' | 'pull'): readonly Flag[] {
  const names = command === 'pull' ? [...listed, 'cri-socket'] : listed
  return flagsOf('init').filter(flag => names.includes(flag.name))
}
