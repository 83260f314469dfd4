import { expect, it } from 'vitest'
import { formatSeconds } from '../../src/ui/seconds.ts'
import { alignRows, cutTo, indent, oneLine } from '../../src/ui/text.ts'

it.each([
  [0, '0.0s'],
  [640, '0.6s'],
  [59_940, '59.9s'],
  [59_960, '1m00s'],
  [65_200, '1m05s'],
  [3_600_000, '60m00s'],
])('writes %d ms as %s', (ms, text) => {
  expect(formatSeconds(ms)).toBe(text)
})

it.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['abcd', 0, '…'],
])('cuts %s to %d columns', (text, columns, cut) => {
  expect(cutTo(text, columns)).toBe(cut)
})

it('aligns all cells but the last, and lets a very wide one stick out', () => {
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

it('indents lines with text alone', () => {
  expect(indent('a\n\nb', 2)).toBe('  a\n\n  b')
})

it('turns line breaks into spaces', () => {
  expect(oneLine('a \n  b\n')).toBe('a b')
})
