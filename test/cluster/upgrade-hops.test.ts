import { expect, it } from 'vitest'
import { upgradeHops, upgradeSteps } from '../../src/cluster/upgrade-hops.ts'

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

it('a step knows the kubelets of nodes that the upgrade leaves', () => {
  const members = [
    { name: 'cp1', kubeletVersion: 'v1.35.4' },
    { name: 'w9', kubeletVersion: 'v1.33.1' },
  ]
  expect(upgradeSteps({ stored: 'v1.35.4', versions: ['v1.36.3', 'v1.37.2'], members, names: ['cp1'] })).toEqual([
    { from: 'v1.35.4', to: 'v1.36.3', kubelets: ['v1.35.4', 'v1.33.1'] },
    { from: 'v1.36.3', to: 'v1.37.2', kubelets: ['v1.36.3', 'v1.33.1'] },
  ])
})
