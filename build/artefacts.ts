// The files in dist that a release consists of, and what dates them.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
export const dist = join(root, 'dist')

/** Returns the names of executables, packages and the lists of what is inside; not the bundle for a checkout. */
export function artefacts(): string[] {
  return readdirSync(dist)
    .filter(name => /^kadm[-_].*(?<!\.tmp)$/.test(name))
    .sort()
}

/** Writes dist/SHA256SUMS: the checksums of all artefacts, in the format of sha256sum. */
export function writeSums(): void {
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(dist, name)))
      .digest('hex')
  writeFileSync(
    join(dist, 'SHA256SUMS'),
    artefacts()
      .map(name => `${hash(name)}  ${name}\n`)
      .join(''),
  )
}

/** Seconds since 1970 at which the source was made: SOURCE_DATE_EPOCH, or the time of the commit. */
export function sourceTime(): number {
  const given = process.env.SOURCE_DATE_EPOCH
  const time = given ?? spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).stdout.trim()
  if (/^\d+$/.test(time)) return Number(time)
  throw new Error('the date of the source is unknown: set SOURCE_DATE_EPOCH, or run this in a git checkout')
}
