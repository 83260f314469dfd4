import { expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { fakeHost } from '../../src/host/fake.ts'
import type { HostChange } from '../../src/host/journal.ts'
import { journaled } from '../../src/host/journal.ts'
import { ensureDir, ensureFile } from '../../src/ops/ensure-file.ts'

const path = '/etc/kubernetes/x'

async function machine(content?: string, mode = 0o600) {
  const fake = fakeHost()
  if (content !== undefined) await fake.writeFile({ path, content, mode })
  const changes: HostChange[] = []
  return { fake, changes, host: journaled(fake, change => changes.push(change)) }
}

it.each([
  { title: 'is absent', wrote: true },
  { title: 'has other content', found: 'old', wrote: true },
  { title: 'has another mode', found: 'new', mode: 0o644, wrote: true },
  { title: 'is as wanted', found: 'new', wrote: false },
])('ensureFile writes a file that $title: $wrote', async ({ found, mode, wrote }) => {
  const { host, changes } = await machine(found, mode)
  expect(await ensureFile(host, { path, content: 'new', mode: 0o600 })).toBe(wrote)
  expect(changes).toHaveLength(wrote ? 1 : 0)
  expect(await host.stat(path)).toMatchObject({ kind: 'file', mode: 0o600, size: 3 })
  expect(await ensureFile(host, { path, content: 'new', mode: 0o600 })).toBe(false)
})

it.each([
  ['a secret', secret('new')],
  ['bytes', Buffer.from('new')],
])('ensureFile compares %s with the content of the file', async (_, content) => {
  const { host, changes } = await machine('new')
  expect(await ensureFile(host, { path, content, mode: 0o600 })).toBe(false)
  expect(changes).toEqual([])
})

it('ensureDir creates a directory once and keeps the mode of an existing one', async () => {
  const { host } = await machine()
  expect(await ensureDir(host, '/var/lib/etcd', 0o700)).toBe(true)
  expect(await ensureDir(host, '/var/lib/etcd', 0o755)).toBe(false)
  expect(await host.stat('/var/lib/etcd')).toMatchObject({ kind: 'dir', mode: 0o700 })
})
