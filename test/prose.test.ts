import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** docs/style.md has the rules and the alternatives. */
const indefinite = /\b(?:nobody|somebody|whoever|anybody|anyone|someone)\b/i
const literal =
  /\b(?:anew|beside|for ever|lets go of|mend(?:s|ed|ing)?|pass(?:es|ed)? over|tells?|told)\b|(?<!\bthere )\bis no (?!longer|more\b|one\b|such\b|other\b)[a-z]/i
/** Pods in the middle of a sentence, where the style has pods; the kind of an object is singular. */
const capital = /[a-z0-9,] Pods\b/

const tracked = execFileSync('git', ['ls-files', 'src', 'test', 'docs', '*.md'], { encoding: 'utf8' })
const files = tracked.split('\n').filter(file => file !== 'docs/style.md')
const title = /^\s*(?:it|describe)(?:\.\w+)*\(\s*['"`](.*)/
const sources = files.filter(file => file.startsWith('src/') && file.endsWith('.ts'))
const pages = files.filter(file => file.endsWith('.md') && !file.startsWith('test/fixtures/'))
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
  it('the messages and comments of src have no literal translations', () => {
    expect(refused(sources, literal, line => line)).toEqual([])
  })

  it('the docs have no literal translations', () => {
    expect(refused(pages, literal, line => line)).toEqual([])
  })

  it('the titles of tests have no literal translations', () => {
    expect(refused(tests, literal, line => title.exec(line)?.[1])).toEqual([])
  })
})

describe('the spelling of pods', () => {
  it('the messages and comments of src write pods in lower case', () => {
    expect(refused(sources, capital, line => line)).toEqual([])
  })

  it('the docs write pods in lower case', () => {
    expect(refused(pages, capital, line => line)).toEqual([])
  })
})
