import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { buildPackages } from '../lab/packages.ts'

const dir = mkdtempSync(join(tmpdir(), 'kadm-packages-'))
afterAll(() => rmSync(dir, { recursive: true }))

it('packages that are built twice from one executable have the same bytes', async () => {
  for (const name of ['first', 'second']) await buildPackages(join(dir, name), [])
  const names = readdirSync(join(dir, 'first'))
  expect(names.map(name => name.replace(/.*(\.\w+)$/, '$1')).sort()).toEqual(['.deb', '.gz', '.rpm'])
  for (const name of names) {
    const [first, second] = ['first', 'second'].map(from => readFileSync(join(dir, from, name)))
    expect(first?.equals(second ?? Buffer.alloc(0)), name).toBe(true)
  }
})
