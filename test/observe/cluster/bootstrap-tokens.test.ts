import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import { secret } from '../../../src/cluster/secret.ts'
import { findToken, readTokens } from '../../../src/observe/cluster/bootstrap-tokens.ts'

const now = new Date('2026-01-02T03:04:05Z')

function stored(name: string, fields: Readonly<Record<string, string>>) {
  const data = Object.entries(fields).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'kube-system' },
    type: 'bootstrap.kubernetes.io/token',
    data: Object.fromEntries(data),
  }
}

const fields = {
  'token-id': 'abcdef',
  'token-secret': '0123456789abcdef',
  description: 'for tests',
  expiration: '2026-01-02T04:04:05Z',
  'auth-extra-groups': 'system:bootstrappers:a,system:bootstrappers:b',
  'usage-bootstrap-signing': 'true',
  'usage-bootstrap-authentication': 'true',
  'usage-bootstrap-other': 'false',
}

describe('bootstrap tokens', () => {
  it('readTokens returns each bootstrap token with its usages in order', async () => {
    const { tokens, broken } = await readTokens(fakeKube({ objects: [stored('bootstrap-token-abcdef', fields)] }))
    expect(broken).toEqual([])
    expect(tokens).toEqual([
      {
        id: 'abcdef',
        token: expect.anything(),
        description: 'for tests',
        expires: new Date('2026-01-02T04:04:05Z'),
        usages: ['authentication', 'signing'],
        groups: ['system:bootstrappers:a', 'system:bootstrappers:b'],
      },
    ])
    expect(tokens[0]?.token.reveal()).toBe('abcdef.0123456789abcdef')
  })

  it.each([
    ['bootstrap-token-abcdef', { ...fields, 'token-id': 'ABC' }, /token-id/],
    ['bootstrap-token-abcdef', { ...fields, 'token-secret': '' }, /token-secret/],
    ['bootstrap-token-other', fields, /its name is not bootstrap-token-abcdef/],
    ['bootstrap-token-abcdef', { ...fields, expiration: 'soon' }, /expiration/],
  ])('readTokens reports why the Secret %s does not hold a bootstrap token', async (name, data, reason) => {
    const { tokens, broken } = await readTokens(fakeKube({ objects: [stored(name, data)] }))
    expect([tokens, broken]).toEqual([[], [{ name, reason: expect.stringMatching(reason) }]])
  })

  it('findToken returns an existing token in place of a generated one with the same properties', async () => {
    const kube = fakeKube({ objects: [stored('bootstrap-token-abcdef', fields)] })
    const groups = ['system:bootstrappers:b', 'system:bootstrappers:a']
    const wanted = { description: 'for tests', ttl: 1, usages: ['signing', 'authentication'], groups }
    const drawn = { ...wanted, token: secret('ghijkl.0123456789abcdef'), drawn: true }
    expect((await findToken(kube, drawn, now))?.id).toBe('abcdef')
    expect(await findToken(kube, { ...drawn, drawn: false }, now)).toBeUndefined()
  })
})
