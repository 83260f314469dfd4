import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connectLocal } from '../../../src/host/connect-local.ts'
import { renamePairScript } from '../../../src/host/scripts.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kadm-pair-'))
})
afterEach(() => rm(dir, { recursive: true }))

const at = (name: string) => join(dir, name)

/** Renames the new files of a pair; `.new.crt` does not exist unless it is written before. */
async function rename(): Promise<number> {
  const host = await connectLocal()
  const files = ['x.key', 'x.crt', '.new.key', '.new.crt', '.old.key'].map(at)
  return (await host.query(['sh', '-c', renamePairScript, 'sh', ...files])).code
}

it('the two renames replace both files of a pair and leave nothing else', async () => {
  for (const name of ['x.key', 'x.crt', '.new.key', '.new.crt']) await writeFile(at(name), name)
  expect(await rename()).toBe(0)
  expect(await readdir(dir)).toEqual(['x.crt', 'x.key'])
  expect(await readFile(at('x.key'), 'utf8')).toBe('.new.key')
  expect(await readFile(at('x.crt'), 'utf8')).toBe('.new.crt')
})

it.each([
  ['the earlier first file comes back', ['x.key', 'x.crt', '.new.key'], ['x.crt', 'x.key']],
  ['a new first file is removed again', ['.new.key'], []],
])('%s if the second file of a pair cannot be replaced', async (_, before, after) => {
  for (const name of before) await writeFile(at(name), name)
  expect(await rename()).toBe(1)
  expect(await readdir(dir)).toEqual(after)
  for (const name of after) expect(await readFile(at(name), 'utf8')).toBe(name)
})
