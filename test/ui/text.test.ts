import { expect, it } from 'vitest'
import { alignRows, formatSeconds, indent, namesOf, oneLine } from '../../src/ui/text.ts'

it.each([
  [0, '0.0s'],
  [640, '0.6s'],
  [59_940, '59.9s'],
  [59_960, '1m00s'],
  [65_200, '1m05s'],
  [3_600_000, '60m00s'],
])('formatSeconds formats %d ms as %s', (ms, text) => {
  expect(formatSeconds(ms)).toBe(text)
})

it.each([
  [['a', 'b', 'c', 'd', 'e', 'f'], 'a, b, c, d, e, f'],
  [['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'a, b, c and 4 more'],
])('namesOf writes %j as %s', (names, text) => {
  expect(namesOf(names)).toBe(text)
})

it('alignRows aligns all cells except the last and does not pad for a very wide cell', () => {
  expect(
    alignRows(
      [
        ['a', 'bb', 'c'],
        ['aaa', 'b', 'long text'],
        ['wider than six', 'b', ''],
      ],
      6,
    ),
  ).toEqual(['a       bb  c', 'aaa     b   long text', 'wider than six  b'])
})

it('indent indents only lines with text', () => {
  expect(indent('a\n\nb', 2)).toBe('  a\n\n  b')
})

it('oneLine replaces line breaks with spaces', () => {
  expect(oneLine('a \n  b\n')).toBe('a b')
})
