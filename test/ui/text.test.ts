import { expect, it } from 'vitest'
import { alignRows, cutTo, formatSeconds, indent, oneLine } from '../../src/ui/text.ts'

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
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['abcd', 0, '…'],
])('cutTo cuts %s to %d columns', (text, columns, cut) => {
  expect(cutTo(text, columns)).toBe(cut)
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
