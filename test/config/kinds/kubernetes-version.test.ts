import { expect, it } from 'vitest'
import { resolveKubernetesVersion, versionForKubelet } from '../../../src/config/kinds/kubernetes-version.ts'

it.each([
  ['v1.37.1', 'v1.37.1'],
  ['1.36.0', 'v1.36.0'],
  ['v1.37.9', 'v1.37.9'],
  ['stable-1', 'v1.37.2'],
  ['stable', 'v1.37.2'],
  ['latest', 'v1.37.2'],
  ['stable-1.36', 'v1.36.3'],
  ['release/stable-1.37', 'v1.37.2'],
  ['release/v1.37.0', 'v1.37.0'],
  ['ci/v1.37.0-rc.1+abc', 'ci/v1.37.0-rc.1+abc'],
  ['v1.37.0-rc.0', 'v1.37.0-rc.0'],
  ['1.37.1+build.5', 'v1.37.1+build.5'],
  ['ci/latest', 'ci/v1.37.2'],
  ['ci/stable-1.36', 'ci/v1.36.3'],
  // Labels without a release: kubeadm then deploys its own version.
  ['stable-2', 'v1.37.2'],
  ['latest-9.99', 'v1.37.2'],
  ['stable-1.99', 'v1.37.2'],
  ['release/stable-3', 'v1.37.2'],
  ['lateststable-1', 'v1.37.2'],
])('the Kubernetes version %s resolves to %s without a request to a server', (text, version) => {
  expect(resolveKubernetesVersion(text)).toEqual({ version })
})

it.each([
  ['v1.37', /doesn't match patterns/],
  ['foo', /doesn't match patterns/],
  ['stable-1.35', /deploys Kubernetes v1.36 and v1.37, not v1.35/],
  ['v1.36.0-rc.0', />= 1.36.0/],
  ['v1.34.4', />= 1.36.0/],
  ['v2.0.0', /newer/],
  ['v1.37.2 ', /doesn't match patterns/],
  [' v1.37.2', /doesn't match patterns/],
  ['v1.37.2\n', /doesn't match patterns/],
  ['=v1.37.2', /doesn't match patterns/],
  ['v01.37.2', /doesn't match patterns/],
  ['v1.37.2-', /doesn't match patterns/],
  ['v1.37.2rc1', /doesn't match patterns/],
  ['v1.37.2.3', /doesn't match patterns/],
  ['v1.37.2-a_b', /doesn't match patterns/],
  ['v1.37.2-01', /doesn't match patterns/],
  ['V1.37.2', /doesn't match patterns/],
  ['ci/ v1.37.2', /doesn't match patterns/],
  ['ci-cross/v1.37.2', /doesn't match patterns/],
  ['stable-0', /doesn't match patterns/],
  ['stable-1.0', /doesn't match patterns/],
  ['stable-1.100', /doesn't match patterns/],
  ['stable-', /doesn't match patterns/],
  ['Stable', /doesn't match patterns/],
])('the Kubernetes version "%s" is rejected', (text, message) => {
  expect(resolveKubernetesVersion(text)).toMatchObject({ message: expect.stringMatching(message) })
})

it.each([
  ['v1.37.2', 'v1.37.2'],
  ['v1.37.0', 'v1.37.2'],
  ['v1.36.1', 'v1.36.3'],
  ['v1.36.3', 'v1.36.3'],
  ['v1.37.0-rc.1', 'v1.37.2'],
  // Newer than the newest known patch.
  ['v1.37.9', 'v1.37.9'],
  ['v1.36.11', 'v1.36.11'],
  ['v1.37.3-rc.0', 'v1.37.3-rc.0'],
  // No image has a vendor's suffix.
  ['v1.37.2+k3s1', 'v1.37.2'],
  ['v1.37.9-eks-1a2b3c4', 'v1.37.9'],
  ['v1.36.8+vendor.2', 'v1.36.8'],
])('a kubelet %s sets the Kubernetes version to %s', (version, expected) => {
  expect(versionForKubelet({ host: 'cp1', version })).toBe(expected)
})

it('the Kubernetes version is the newest that is known on a host without a kubelet', () => {
  expect(versionForKubelet(undefined)).toBe('v1.37.2')
})

it.each([
  ['v1.35.4', 'or keep it and set the version of the control plane with --kubernetes-version v1.36.3'],
  ['v1.33.0', 'or keep it and set the version of the control plane with --kubernetes-version v1.36.3'],
  ['v1.32.9', undefined],
  ['v1.38.0-alpha.1', 'or use a version of kadm that deploys v1.38'],
])('a kubelet %s of another minor version is an error with the ways out', (version, other) => {
  const ways = ['install a kubelet of v1.36 and v1.37 on cp1', ...(other === undefined ? [] : [other])]
  expect(thrownBy(() => versionForKubelet({ host: 'cp1', version }))).toMatchObject({
    code: 'PREFLIGHT_FAILED',
    message: `the kubelet on cp1 is ${version}; this version of kadm deploys Kubernetes v1.36 and v1.37`,
    hint: ways.join(', ').replace('v1.36 and v1.37', 'v1.36 or v1.37'),
  })
})

function thrownBy(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}
