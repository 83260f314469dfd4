import { expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import { refuseExpiredCas } from '../../../src/observe/pki/expired-ca.ts'
import { authority } from '../../clients/https/authority.ts'
import { makeConfig } from '../../fixtures/cluster.ts'

const day = 86_400_000
const host = fakeHost({ name: 'cp1', files: { '/etc/kubernetes/pki/etcd/ca.crt': authority('etcd-ca').cert } })
const refuse = (names: readonly ('ca' | 'etcd-ca')[], now: Date) =>
  refuseExpiredCas(host, { config: makeConfig() }, names, now)

it('an expired CA is an error that names the rotation of the CA and its consequences', async () => {
  await expect(refuse(['ca', 'etcd-ca'], new Date(Date.now() + 2 * day))).rejects.toMatchObject({
    code: 'CA_EXPIRED',
    message: expect.stringMatching(/^\/etc\/kubernetes\/pki\/etcd\/ca\.crt on cp1 expired on .*; nothing was changed$/),
    hint: expect.stringMatching(/`kadm certs rotate-ca replace`, .*pods that use the API are restarted/),
  })
})

it('a CA that is valid, missing or not needed is not an error', async () => {
  await refuse(['ca', 'etcd-ca'], new Date())
  await refuse(['ca'], new Date(Date.now() + 2 * day))
})
