import { readFile, writeFile } from 'node:fs/promises'
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
