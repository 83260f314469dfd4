import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Json } from '../../src/cluster/json.ts'
import { readYaml } from '../../src/yaml/read.ts'
import { toYaml } from '../../src/yaml/write.ts'

/** Output of sigs.k8s.io/yaml v1.6.0 over go.yaml.in/yaml/v2 v2.4.4. */
const cases = JSON.parse(readFileSync(new URL('../fixtures/yaml/go-marshal.json', import.meta.url), 'utf8')) as {
  readonly value: Json
  readonly yaml: string
}[]

describe('toYaml', () => {
  it.each(cases.map(({ value, yaml }) => [JSON.stringify(value).slice(0, 60), value, yaml] as const))(
    'toYaml writes %s as Go does',
    (_, value, yaml) => {
      expect(toYaml(value)).toBe(yaml)
    },
  )

  it('toYaml omits keys without a value and writes an empty map when none remain', () => {
    expect(toYaml({ a: undefined, b: { c: undefined }, d: [{ e: undefined }] })).toBe('b: {}\nd:\n- {}\n')
  })

  it.each(['a: b', 'yes', '1e3', "it's", 'line\nline\n', ' padded ', '\t', 'word '.repeat(40).trim()])(
    'toYaml writes a text that is read back unchanged: %j',
    text => {
      expect(parse(toYaml({ v: text }), { version: '1.1' })).toEqual({ v: text })
    },
  )

  it('toYaml quotes the key <<, which would otherwise merge its value', () => {
    const text = toYaml({ a: { '<<': { b: '<<' } } })
    expect(text).toBe('a:\n  "<<":\n    b: <<\n')
    expect(readYaml(text)).toMatchObject({ value: { a: { '<<': { b: '<<' } } } })
  })
})
