import { expect, it } from 'vitest'
import { unifiedDiff } from '../../src/ui/unified-diff.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, i) => `${i + 1}\n`).join('')

it.each<[string, string, string, readonly string[]]>([
  ['a new text', '', 'a\nb\n', ['@@ -0,0 +1,2 @@', '+a', '+b']],
  ['a new line', '', 'a\n', ['@@ -0,0 +1 @@', '+a']],
  ['a removed text', 'a\nb\n', '', ['@@ -1,2 +0,0 @@', '-a', '-b']],
  ['equal texts', 'a\n', 'a\n', []],
  ['no line end', 'a', 'a\n', ['@@ -1 +1 @@', '-a', '\\ No newline at end of file', '+a']],
  [
    'three lines of context',
    numbers(9),
    numbers(9).replace('5', 'five'),
    ['@@ -2,7 +2,7 @@', ' 2', ' 3', ' 4', '-5', '+five', ' 6', ' 7', ' 8'],
  ],
])('unifiedDiff shows %s as diff -u does', (_, before, after, lines) => {
  expect(unifiedDiff(before, after)).toEqual(lines)
})

it('unifiedDiff shows every line of a long text', () => {
  expect(unifiedDiff('', numbers(20_000))).toHaveLength(20_001)
})
