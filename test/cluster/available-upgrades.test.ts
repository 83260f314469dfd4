import { describe, expect, it } from 'vitest'
import { availableUpgrades, type UpgradeLookup, upgradeLabels } from '../../src/cluster/available-upgrades.ts'

const stable = { allowExperimental: false, allowReleaseCandidate: false }
const labels = (entries: Readonly<Record<string, string>>) => new Map(Object.entries(entries))

it.each<[string, Partial<UpgradeLookup>, readonly string[]]>([
  ['a cluster of the newest version has no upgrade', { cluster: 'v1.37.2' }, []],
  [
    'without internet, the known patch and the next minor version are shown',
    { cluster: 'v1.36.1' },
    ['version in the v1.36 series v1.36.3', 'stable version v1.37.2'],
  ],
  ['the next minor version alone is shown for the newest patch', { cluster: 'v1.36.3' }, ['stable version v1.37.2']],
  [
    'an older cluster goes to the next minor version only',
    { cluster: 'v1.35.4' },
    ['version in the v1.36 series v1.36.3'],
  ],
  ['a cluster of a later minor version has no upgrade', { cluster: 'v1.38.0' }, []],
  [
    'newer patches from the internet replace the known ones',
    { cluster: 'v1.36.3', labels: labels({ 'stable-1.36': 'v1.36.9', 'stable-1.37': 'v1.37.5' }) },
    ['version in the v1.36 series v1.36.9', 'stable version v1.37.5'],
  ],
  [
    'newer patches from the package repositories replace the known ones',
    { cluster: 'v1.36.3', labels: labels({ 'stable-1.37': 'v1.37.4' }), packaged: ['v1.37.5', 'v1.36.8', 'v1.35.9'] },
    ['version in the v1.36 series v1.36.8', 'stable version v1.37.5'],
  ],
  [
    'older packages do not replace newer patches',
    { cluster: 'v1.36.1', packaged: ['v1.36.2'] },
    ['version in the v1.36 series v1.36.3', 'stable version v1.37.2'],
  ],
  [
    'an answer that is older, or of another minor version, is not used',
    { cluster: 'v1.36.3', labels: labels({ 'stable-1.36': 'v1.35.9', 'stable-1.37': 'v1.37.0' }) },
    ['stable version v1.37.2'],
  ],
  [
    'the named version replaces the lookups',
    { cluster: 'v1.36.1', asked: 'v1.36.2' },
    ['version in the v1.36 series v1.36.2'],
  ],
  [
    'a named version of the next minor version is the stable version',
    { cluster: 'v1.36.1', asked: 'v1.37.1' },
    ['stable version v1.37.1'],
  ],
  ['the named version is not shown if the cluster has it', { cluster: 'v1.36.3', asked: 'v1.36.3' }, []],
  [
    'a named release candidate is described as one',
    { cluster: 'v1.36.3', asked: 'v1.37.0-rc.1' },
    ['release candidate version v1.37.0-rc.1'],
  ],
  [
    'a release candidate is shown with its flag',
    { cluster: 'v1.36.3', allowReleaseCandidate: true, labels: labels({ 'latest-1.37': 'v1.37.3-rc.0' }) },
    ['stable version v1.37.2', 'release candidate version v1.37.3-rc.0'],
  ],
  [
    'a beta version is shown with the flag of experimental versions',
    { cluster: 'v1.37.2', allowExperimental: true, labels: labels({ 'latest-1.37': 'v1.37.3-beta.0' }) },
    ['experimental version v1.37.3-beta.0'],
  ],
])('%s', (_, lookup, expected) => {
  const found = availableUpgrades({ cluster: 'v1.36.3', ...stable, ...lookup })
  expect(found.map(({ description, version }) => `${description} ${version}`)).toEqual(expected)
})

describe('the labels of release versions', () => {
  it('the newest patch of each minor version that kadm deploys is looked up', () => {
    expect(upgradeLabels(stable)).toEqual(['stable-1.36', 'stable-1.37'])
  })

  it.each(['allowExperimental', 'allowReleaseCandidate'])('with %s, unstable versions are looked up too', flag => {
    const labels = ['stable-1.36', 'stable-1.37', 'latest-1.36', 'latest-1.37']
    expect(upgradeLabels({ ...stable, [flag]: true })).toEqual(labels)
  })
})
