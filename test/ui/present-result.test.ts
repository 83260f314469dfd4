import { expect, it } from 'vitest'
import { presentResult } from '../../src/ui/present-result.ts'

const value = { name: 'cp-1', roles: ['control-plane'], note: 'a '.repeat(60).trim() }

it.each([
  ['json', '{\n  "name": "cp-1",\n  "roles": [\n    "control-plane"\n  ],\n'],
  ['yaml', 'name: cp-1\nroles:\n  - control-plane\nnote: a a'],
  ['text', 'cp-1\n'],
] as const)('writes %s', (format, start) => {
  const text = presentResult(value, format, ({ name }) => name)
  expect(text.startsWith(start)).toBe(true)
  expect(text).toMatch(/[^\n]\n$/)
})

it('keeps long lines of YAML whole', () => {
  expect(presentResult(value, 'yaml', String).trimEnd().split('\n')).toHaveLength(4)
})

it.each([
  ['ends in one line break', 'a\n', 'a\n'],
  ['may be empty', '', ''],
])('text %s', (_, given, shown) => {
  expect(presentResult(given, 'text', String)).toBe(shown)
})
