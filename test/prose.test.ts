import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** docs/style.md has the rules and the alternatives. */
const indefinite = /\b(?:nobody|somebody|whoever|anybody|anyone|someone)\b/i
const literal = /\banew\b|\blets go of\b|(?<!\bthere )\bis no (?!longer|more\b|one\b|such\b|other\b)[a-z]/i

const tracked = execFileSync('git', ['ls-files', 'src', 'test', 'docs', 'README.md'], { encoding: 'utf8' })
const files = tracked.split('\n').filter(file => file !== 'docs/style.md' && !file.startsWith('docs/decisions/'))
const title = /^\s*(?:it|describe)(?:\.\w+)*\(\s*['"`](.*)/
const sources = files.filter(file => file.startsWith('src/') && file.endsWith('.ts'))
const pages = files.filter(file => file.endsWith('.md') && !file.startsWith('test/'))
const tests = files.filter(file => file.startsWith('test/') && file.endsWith('.ts') && file !== 'test/prose.test.ts')

/** `file:line: text` of each line with a word that the style does not allow. */
function refused(from: readonly string[], words: RegExp, part: (line: string) => string | undefined): string[] {
  return from.flatMap(file =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, i) => (words.test(part(line) ?? '') ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
  )
}

describe('indefinite persons', () => {
  it('the messages and comments of src have no indefinite persons', () => {
    expect(refused(sources, indefinite, line => line)).toEqual([])
  })

  it('the docs have no indefinite persons', () => {
    expect(refused(pages, indefinite, line => line)).toEqual([])
  })

  it('the titles of tests have no indefinite persons', () => {
    expect(refused(tests, indefinite, line => title.exec(line)?.[1])).toEqual([])
  })
})

describe('literal translations', () => {
  it('the messages and comments of src say "is not a", and "again"', () => {
    expect(refused(sources, literal, line => line)).toEqual([])
  })

  it('the docs say "is not a", and "again"', () => {
    expect(refused(pages, literal, line => line)).toEqual([])
  })
})
