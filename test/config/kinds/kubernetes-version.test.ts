import { expect, it } from 'vitest'
import { resolveKubernetesVersion } from '../../../src/config/kinds/kubernetes-version.ts'

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
  // Labels that no release has: kubeadm then deploys its own version.
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
