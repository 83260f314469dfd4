import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { kitDir } from './paths.ts'

/** Returns what a host does not have to run real nodes, as sentences; empty if nothing is missing. */
export async function missingPrerequisites(): Promise<readonly string[]> {
  const root = process.getuid?.() === 0
  const go = (process.env.PATH ?? '').split(delimiter).some(dir => existsSync(join(dir, 'go')))
  const sentences = [
    process.platform === 'linux' ? undefined : 'real nodes need Linux: they are made of its namespaces',
    root ? undefined : 'real nodes need root: run this as root (sudo npm test)',
    go || kitDir() !== undefined
      ? undefined
      : 'the components are built with Go, which is not in PATH: install Go 1.26 or newer',
    existsSync('/usr/bin/apt-get') ? undefined : 'real nodes are made with debootstrap: run this on Debian or Ubuntu',
  ]
  return sentences.filter(sentence => sentence !== undefined)
}
