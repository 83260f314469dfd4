import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { goQuote } from '../../src/render/go-quote.ts'

/** Output of fmt.Sprintf("%q"). */
const cases = JSON.parse(readFileSync(new URL('../fixtures/go-quote/cases.json', import.meta.url), 'utf8')) as [
  string,
  string,
][]

it.each(cases)('goQuote quotes %j as Go does', (text, quoted) => {
  expect(goQuote(text)).toBe(quoted)
})
