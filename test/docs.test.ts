import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { exitCodes } from '../src/errors/codes.ts'
import { errorsPage } from './docs/errors-page.ts'
import { phasesPage } from './docs/phases-page.ts'
import { preflightPage } from './docs/preflight-page.ts'

/** Pages that are generated, or have generated tables: `npm run docs` writes them. */
const pages: readonly (readonly [string, (page: string) => string])[] = [
  ['docs/errors.md', errorsPage],
  ['docs/phases.md', phasesPage],
  ['docs/preflight.md', preflightPage],
]

it.each(pages)('the page %s matches the code', async (path, generate) => {
  const url = new URL(`../${path}`, import.meta.url)
  const found = await readFile(url, 'utf8')
  const wanted = generate(found)
  if (process.env.UPDATE_DOCS === '1') await writeFile(url, wanted)
  else expect(found, 'run `npm run docs`').toBe(wanted)
})

it('docs/errors.md explains every exit code', () => {
  for (const [kind, exit] of Object.entries(exitCodes)) {
    expect(errorsPage()).toMatch(new RegExp(`\\| ${exit} \\| ${kind} \\| \\w`))
  }
})

it('every link in the docs has an existing target', async () => {
  const root = new URL('../', import.meta.url)
  const folders = ['', 'docs/', 'docs/decisions/', 'test/lab/', 'bench/']
  const listed = folders.map(async folder => (await readdir(new URL(folder, root))).map(name => folder + name))
  const files = (await Promise.all(listed)).flat().filter(path => path.endsWith('.md'))
  const links = files.map(async path => {
    const text = await readFile(new URL(path, root), 'utf8')
    const targets = [...text.matchAll(/\]\(([^)#]+)/g)].map(match => match[1] ?? '').filter(to => !/^https?:/.test(to))
    return targets.filter(to => !existsSync(new URL(to, new URL(path, root)))).map(to => `${path} → ${to}`)
  })
  expect(files).toContain('docs/phases.md')
  expect((await Promise.all(links)).flat()).toEqual([])
})

it('a picture in the docs is a small SVG without scripts and tokens', async () => {
  const folder = new URL('../docs/images/', import.meta.url)
  const names = await readdir(folder)
  expect(names).toContain('five-nodes.svg')
  for (const name of names) {
    const text = await readFile(new URL(name, folder), 'utf8')
    expect(text).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /)
    expect(text.length).toBeLessThan(60_000)
    expect(text).not.toMatch(/<script|\b[a-z0-9]{6}\.[a-z0-9]{16}\b|sha256:/)
  }
})
