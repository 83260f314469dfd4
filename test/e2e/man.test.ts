import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { exec } from '../lab/exec.ts'
import { inLayers, shellsLayers } from '../lab/shells.ts'

const dir = mkdtempSync(join(tmpdir(), 'kadm-man-'))
let layers: readonly string[]

beforeAll(async () => {
  layers = await shellsLayers()
  await exec(process.execPath, [join(import.meta.dirname, '..', '..', 'build', 'man.ts'), dir])
})
afterAll(() => rmSync(dir, { recursive: true }))

/** Runs a bash script for each page: `$1` is the page. */
async function forEachPage(script: string) {
  const shown = [{ from: dir, to: '/usr/local/share/man/man1' }]
  const each = `cd /usr/local/share/man/man1; for page in *.1; do set -- "$page"; ${script}; done`
  const [file = '', ...args] = inLayers(layers, shown, ['bash', '-c', each])
  return exec(file, args, { check: false })
}

it.each([
  ['mandoc, also about style', 'mandoc -Tlint -W style "$1"'],
  ['man', 'man --warnings -l "$1" >/dev/null'],
  ['groff', 'groff -ww -z -man -Tutf8 "$1"'],
])('every man page passes the checks of %s', async (_, script) => {
  expect(await forEachPage(script)).toEqual({ code: 0, stdout: '', stderr: '' })
})

it('man finds the page of every command by its name and shows it', async () => {
  const { stdout } = await forEachPage('man "$' + '{1%.1}" | grep -A1 "^NAME" | tail -n 1')
  const names = stdout.split('\n').map(line => line.trim().split(' ')[0])
  expect(names.filter(Boolean).sort()).toEqual(
    readdirSync(dir)
      .map(name => name.replace(/\.1$/, ''))
      .sort(),
  )
})
