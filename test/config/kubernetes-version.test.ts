import { expect, it } from 'vitest'
import { resolveKubernetesVersion } from '../../src/config/kubernetes-version.ts'

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
])('resolves %s to %s without asking a server', (text, version) => {
  expect(resolveKubernetesVersion(text)).toEqual({ version })
})

it.each([
  ['v1.37', /doesn't match patterns/],
  ['foo', /doesn't match patterns/],
  ['stable-1.35', /deploys Kubernetes v1.36 and v1.37, not v1.35/],
  ['v1.36.0-rc.0', />= 1.36.0/],
  ['v1.34.4', />= 1.36.0/],
  ['v2.0.0', /newer/],
  ['ci/latest', /label of the build servers/],
])('refuses %s', (text, message) => {
  expect(resolveKubernetesVersion(text)).toMatchObject({ message: expect.stringMatching(message) })
})
