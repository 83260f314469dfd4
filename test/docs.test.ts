import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { exitCodes } from '../src/errors/codes.ts'
import { errorsPage } from './docs/errors-page.ts'

/** Pages that are generated: run the tests with UPDATE_DOCS=1 to write them anew. */
const pages: readonly (readonly [string, () => string])[] = [['docs/errors.md', errorsPage]]

it.each(pages)('%s says what the code does', async (path, page) => {
  const url = new URL(`../${path}`, import.meta.url)
  if (process.env.UPDATE_DOCS === '1') await writeFile(url, page())
  expect(await readFile(url, 'utf8')).toBe(page())
})

it('docs/errors.md explains every exit code', () => {
  for (const [kind, exit] of Object.entries(exitCodes)) {
    expect(errorsPage()).toMatch(new RegExp(`\\| ${exit} \\| ${kind} \\| \\w`))
  }
})

it('every link between pages leads somewhere', async () => {
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
