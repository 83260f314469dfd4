import { expect, it } from 'vitest'
import { upgradeHops } from '../../src/cluster/upgrade-hops.ts'

it.each([
  ['a patch', 'v1.37.1', 'v1.37.2', [], ['v1.37.2']],
  ['one minor', 'v1.36.3', 'v1.37.2', ['v1.36.3'], ['v1.37.2']],
  ['two minors', 'v1.35.4', 'v1.37.2', ['v1.35.4'], ['v1.36.3', 'v1.37.2']],
  ['an upgrade that stopped on the way to the last minor', 'v1.37.2', 'v1.37.2', ['v1.36.3'], ['v1.37.2']],
  [
    'an upgrade that stopped on the way to a minor in between',
    'v1.36.3',
    'v1.37.2',
    ['v1.35.4'],
    ['v1.36.3', 'v1.37.2'],
  ],
  ['an older version, which the policy refuses', 'v1.37.2', 'v1.36.3', [], ['v1.36.3']],
])('the versions of %s come in order', (_, stored, to, nodes, hops) => {
  expect(upgradeHops({ stored, to, nodes })).toEqual(hops)
})
