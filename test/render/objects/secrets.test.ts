import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'
import { secret } from '../../../src/cluster/secret.ts'
import type { BootstrapToken } from '../../../src/cluster/spec.ts'
import { bootstrapTokenSecret } from '../../../src/render/objects/bootstrap-token.ts'
import { kubeadmCertsSecret } from '../../../src/render/objects/kubeadm-certs.ts'

const now = new Date('2026-01-02T03:04:05.678Z')
const token: BootstrapToken = {
  token: secret('abcdef.0123456789abcdef'),
  ttl: 24 * 3_600_000,
  usages: ['signing', 'authentication'],
  groups: ['system:bootstrappers:kubeadm:default-node-token'],
}

function decoded(object: KubeObject): Record<string, string> {
  const entries = Object.entries(object.data as Record<string, string>)
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}

describe('bootstrapTokenSecret', () => {
  it('bootstrapTokenSecret contains what the API server and the controllers read of a token', () => {
    const object = bootstrapTokenSecret({ ...token, description: 'for cp2' }, now)
    expect(object).toMatchObject({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'bootstrap.kubernetes.io/token',
      metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
    })
    expect(decoded(object)).toEqual({
      'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token',
      description: 'for cp2',
      expiration: '2026-01-03T03:04:05Z',
      'token-id': 'abcdef',
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-authentication': 'true',
      'usage-bootstrap-signing': 'true',
    })
  })

  it.each([
    ['has no expiration without a ttl', { ttl: 0 }, undefined],
    [
      'uses an explicit expiration instead of the ttl',
      { expires: new Date('2027-01-01T00:00:00Z') },
      '2027-01-01T00:00:00Z',
    ],
  ])('bootstrapTokenSecret %s', (_, overrides, expected) => {
    expect(decoded(bootstrapTokenSecret({ ...token, ...overrides }, now)).expiration).toBe(expected)
  })

  it('bootstrapTokenSecret has neither usages nor groups when it only sets an expiration', () => {
    const keys = Object.keys(decoded(bootstrapTokenSecret({ ...token, usages: [], groups: [] }, now)))
    expect(keys.sort()).toEqual(['expiration', 'token-id', 'token-secret'])
  })

  it('bootstrapTokenSecret rejects a malformed token without quoting it', () => {
    const make = () => bootstrapTokenSecret({ ...token, token: secret('ABCDEF.0123456789abcdef') }, now)
    expect(make).toThrow('the bootstrap token does not have the form')
    expect(make).not.toThrow('ABCDEF')
  })
})

it('kubeadmCertsSecret belongs to the token that expires', () => {
  const sealed = new Map([['ca.crt', Buffer.from([1, 2, 255])]])
  expect(kubeadmCertsSecret(sealed, { name: 'bootstrap-token-abcdef', uid: 'u-1' })).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: {
      name: 'kubeadm-certs',
      namespace: 'kube-system',
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Secret',
          name: 'bootstrap-token-abcdef',
          uid: 'u-1',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    data: { 'ca.crt': 'AQL/' },
  })
})
