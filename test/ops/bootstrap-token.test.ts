import { expect, it } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import { secret } from '../../src/cluster/secret.ts'
import { createToken, deleteToken } from '../../src/ops/bootstrap-token.ts'

const now = new Date('2026-01-02T03:04:05Z')
const token = { token: secret('abcdef.0123456789abcdef'), ttl: 3_600_000, usages: ['signing'], groups: ['g'] }

it('createToken stores a new bootstrap token as a Secret', async () => {
  const kube = fakeKube()
  await createToken(kube, token, now)
  const [stored] = kube.objects()
  expect(stored).toMatchObject({ kind: 'Secret', type: 'bootstrap.kubernetes.io/token' })
  expect(stored?.metadata).toMatchObject({ name: 'bootstrap-token-abcdef', namespace: 'kube-system' })
})

it('createToken refuses a token whose id already exists and keeps the stored one', async () => {
  const kube = fakeKube()
  await createToken(kube, token, now)
  const other = { ...token, token: secret('abcdef.9999999999999999') }
  const refusal = { code: 'API_CONFLICT', message: 'a token with id "abcdef" already exists' }
  await expect(createToken(kube, other, now)).rejects.toMatchObject(refusal)
  expect(kube.calls.filter(({ verb }) => verb !== 'get')).toHaveLength(1)
})

it('deleteToken deletes a token by its id and returns whether the token existed', async () => {
  const kube = fakeKube()
  await createToken(kube, token, now)
  expect([await deleteToken(kube, 'abcdef'), await deleteToken(kube, 'abcdef')]).toEqual([true, false])
  expect(kube.objects()).toEqual([])
})
