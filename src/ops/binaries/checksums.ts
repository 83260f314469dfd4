import { type Checksums, checksumFile, type NodeBinary, nodeBinaries } from '../../cluster/binary-source.ts'
import { KadmError } from '../../errors/kadm-error.ts'

/**
 * Parses SHA256SUMS as `sha256sum` writes it, and returns the lines for the binaries of a node. Lines for other files
 * are left out. Throws BINARIES_INVALID with the line if one is malformed, names a file in another directory, or
 * repeats a name, and if there is none for the kubelet.
 */
export function parseChecksums(text: string, path: string): Checksums {
  const found = new Map<string, string>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, sum, given = ''] = /^([0-9a-fA-F]{64}) [ *](.+)$/.exec(line) ?? []
    const at = `${path}, line ${index + 1}`
    if (sum === undefined) throw invalid(`${at}: expected a SHA-256 in hex, two spaces and a file name`)
    const name = given.replace(/^\.\//, '')
    if (name.includes('/') || name === '..') throw invalid(`${at}: ${given} is in another directory`)
    if (found.has(name)) throw invalid(`${at}: ${name} has a checksum on an earlier line`)
    found.set(name, sum.toLowerCase())
  }
  if (!found.has('kubelet')) throw invalid(`${path} has no checksum of kubelet`)
  return new Map(nodeBinaries.flatMap(name => pair(name, found.get(name))))
}

function pair(name: NodeBinary, sum: string | undefined): readonly (readonly [NodeBinary, string])[] {
  return sum === undefined ? [] : [[name, sum]]
}

function invalid(message: string): KadmError {
  return new KadmError('BINARIES_INVALID', message, {
    hint: `create ${checksumFile} in the directory of the binaries with \`sha256sum kubelet kubectl > ${checksumFile}\``,
  })
}
