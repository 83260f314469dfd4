import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeOwn } from '../../src/cli/write-own.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kadm-own-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

it('writeOwn creates a file with mode 0600 and leaves no temporary file', () => {
  const path = join(dir, 'below/admin.conf')
  writeOwn(path, 'one')
  writeOwn(path, 'two')
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['two', 0o600])
  expect(readdirSync(join(dir, 'below'))).toEqual(['admin.conf'])
})

it('writeOwn does not write through a symbolic link at the path of its temporary file', () => {
  const other = join(dir, 'other')
  writeFileSync(other, 'untouched')
  symlinkSync(other, join(dir, `admin.conf.${process.pid}.tmp`))
  writeOwn(join(dir, 'admin.conf'), 'secret')
  expect(readFileSync(other, 'utf8')).toBe('untouched')
})
