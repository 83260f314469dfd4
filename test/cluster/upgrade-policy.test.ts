import { expect, it } from 'vitest'
import { type UpgradeVersions, upgradePolicy } from '../../src/cluster/upgrade-policy.ts'

const usual: UpgradeVersions = {
  from: 'v1.36.3',
  to: 'v1.37.2',
  kubelets: ['v1.36.3'],
  allowExperimental: false,
  allowReleaseCandidate: false,
}

it.each<[string, Partial<UpgradeVersions>, readonly string[]]>([
  ['the next minor version is allowed', {}, []],
  ['a later patch is allowed', { to: 'v1.36.9' }, []],
  ['the same version is allowed', { to: 'v1.36.3' }, []],
  ['a skipped minor version is refused', { from: 'v1.35.4' }, ['mandatory: upgrade to v1.36.3 first']],
  [
    'an earlier minor version is refused',
    { to: 'v1.35.4', kubelets: [] },
    ['mandatory: choose a version of v1.36 or v1.37'],
  ],
  ['an earlier patch needs --force', { to: 'v1.36.1' }, ['force: choose a later version, or use --force']],
  [
    'a release candidate needs its flag',
    { to: 'v1.37.0-rc.1' },
    ['force: choose a stable version, or allow it with --allow-release-candidate-upgrades'],
  ],
  ['a release candidate is allowed with its flag', { to: 'v1.37.0-rc.1', allowReleaseCandidate: true }, []],
  [
    'a beta version needs the flag of experimental versions',
    { to: 'v1.37.0-beta.0', allowReleaseCandidate: true },
    ['force: choose a stable version, or allow it with --allow-experimental-upgrades'],
  ],
  ['a beta version is allowed with its flag', { to: 'v1.37.0-beta.0', allowExperimental: true }, []],
  [
    'a kubelet more than three minor versions older needs --force',
    { kubelets: ['v1.36.3', 'v1.33.1', 'v1.33.1', 'v1.34.0'] },
    ['force: upgrade them to v1.34 or later first'],
  ],
  [
    'a kubelet of a later minor version needs --force',
    { to: 'v1.36.3', kubelets: ['v1.37.2'] },
    ['force: choose a version of v1.37 or later'],
  ],
  ['a text that is not a version is refused', { to: 'x' }, ['mandatory: give a whole version, such as v1.37.2']],
])('%s', (_, versions, expected) => {
  const faults = upgradePolicy({ ...usual, ...versions })
  expect(faults.map(({ mandatory, remedy }) => `${mandatory ? 'mandatory' : 'force'}: ${remedy}`)).toEqual(expected)
})
