import { expect, it } from 'vitest'
import { presentResult } from '../../src/ui/present-result.ts'

const value = { name: 'cp-1', roles: ['control-plane'], note: 'a '.repeat(60).trim() }

it.each([
  ['json', '{\n  "name": "cp-1",\n  "roles": [\n    "control-plane"\n  ],\n'],
  ['yaml', 'name: cp-1\nroles:\n  - control-plane\nnote: a a'],
  ['text', 'cp-1\n'],
] as const)('presentResult prints the format %s', (format, start) => {
  const text = presentResult(value, format, ({ name }) => name)
  expect(text.startsWith(start)).toBe(true)
  expect(text).toMatch(/[^\n]\n$/)
})

it('presentResult does not wrap long lines of YAML', () => {
  expect(presentResult(value, 'yaml', String).trimEnd().split('\n')).toHaveLength(4)
})

it.each([
  ['prints one line break at the end', 'a\n', 'a\n'],
  ['prints nothing for an empty text', '', ''],
])('presentResult as text %s', (_, given, shown) => {
  expect(presentResult(given, 'text', String)).toBe(shown)
})
