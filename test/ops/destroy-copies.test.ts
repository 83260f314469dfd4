import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { connectLocal } from '../../src/host/connect-local.ts'
import { destroyCopies } from '../../src/ops/destroy-copies.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kadm-'))
})
afterEach(() => rm(dir, { recursive: true }))

it('removes every copy of a key, at any depth and under any name, and no other file', async () => {
  const key = '-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n'
  await mkdir(join(dir, 'before/run 1/etc'), { recursive: true })
  await mkdir(join(dir, 'pki'))
  const copies = ['pki/old.key', 'before/run 1/etc/ca.key', 'before/run 1/*odd name.bak']
  const others = ['pki/new.key', 'before/empty']
  for (const name of copies) await writeFile(join(dir, name), key)
  await writeFile(join(dir, 'pki/new.key'), key.replace('AAAA', 'BBBB'))
  await writeFile(join(dir, 'before/empty'), '')
  const host = await connectLocal()
  await destroyCopies(host, [join(dir, 'pki'), join(dir, 'missing'), join(dir, 'before')], secret(key))
  const left = await readdir(dir, { recursive: true, withFileTypes: true })
  const names = left.filter(one => one.isFile()).map(one => join(one.parentPath, one.name).slice(dir.length + 1))
  expect(names.sort()).toEqual(others.sort())
})
