import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/cluster/json.ts'
import { strategicMerge } from '../../../src/render/patches/strategic-merge.ts'

const spec = (fields: JsonObject): JsonObject => ({ spec: fields })
const volumes = (...names: readonly string[]) => spec({ volumes: names.map(name => ({ name })) })
const namesOf = (pod: JsonObject) => ((pod.spec as JsonObject).volumes as JsonObject[]).map(({ name }) => name)

describe('the order of a merged list', () => {
  it.each([
    ['new items come first', ['a', 'b'], ['n'], ['n', 'a', 'b']],
    ['known items keep their place', ['a', 'b', 'c'], ['b'], ['a', 'b', 'c']],
    ['the order of the patch wins', ['a', 'b', 'c'], ['c', 'a'], ['b', 'c', 'a']],
    ['new items stand where the patch has them', ['a', 'b', 'c'], ['b', 'n', 'c'], ['a', 'b', 'n', 'c']],
  ])('strategicMerge orders a list so that %s', (_, before, patch, after) => {
    expect(namesOf(strategicMerge(volumes(...before), volumes(...patch), 'Pod'))).toEqual(after)
  })
})

describe('unknown fields', () => {
  it('strategicMerge replaces lists and merges maps in fields that it does not know', () => {
    const tree = { list: [{ name: 'a' }], map: { a: 1, b: { c: 2 } }, gone: 1 }
    const patch = { list: [{ name: 'b' }], map: { b: { d: 3 } }, gone: null, absent: null }
    expect(strategicMerge(tree, patch, 'any')).toEqual({ list: [{ name: 'b' }], map: { a: 1, b: { c: 2, d: 3 } } })
  })
})

it('strategicMerge does not change its arguments', () => {
  const tree = spec({ volumes: [{ name: 'a', emptyDir: {} }], hostNetwork: true })
  const patch = spec({ volumes: [{ name: 'a', $patch: 'delete' }], hostNetwork: null })
  const copies = structuredClone([tree, patch])
  strategicMerge(tree, patch, 'Pod')
  expect([tree, patch]).toEqual(copies)
})

it('strategicMerge leaves out directives and null from new values', () => {
  const patch = { strategy: { $retainKeys: ['type'], type: 'Recreate', rollingUpdate: null, x: { $patch: 'delete' } } }
  expect(strategicMerge({}, patch, 'DeploymentSpec')).toEqual({ strategy: { type: 'Recreate' } })
})

it.each([
  ['an item without its key', spec({ volumes: [{ emptyDir: {} }] }), /lacks "name"/],
  ['an item that is not a map', spec({ volumes: ['a'] }), /not a mapping/],
  ['an unknown directive in a list', spec({ volumes: [{ name: 'a', $patch: 'merge' }] }), /\$patch: merge/],
  ['an unknown directive', spec({ $patch: 'merge' }), /\$patch: merge/],
  ['an order that is not a list', spec({ '$setElementOrder/volumes': 'a' }), /is not a list/],
  ['keys to retain that are not a list', spec({ $retainKeys: 'a' }), /is not a list/],
])('strategicMerge rejects %s', (_, patch, message) => {
  expect(() => strategicMerge(volumes('a'), patch, 'Pod')).toThrow(message)
})
