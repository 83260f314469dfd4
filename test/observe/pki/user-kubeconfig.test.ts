import { beforeAll, describe, expect, it } from 'vitest'
import { secret } from '../../../src/cluster/secret.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import { makeUserKubeconfig, readClusterAddress } from '../../../src/observe/pki/user-kubeconfig.ts'
import { certSpec } from '../../../src/pki/cert-table.ts'
import { parseCertificate } from '../../../src/pki/certificate.ts'
import { issueFromTable } from '../../../src/pki/issue-from-table.ts'
import { generateKey, privateKeyPem } from '../../../src/pki/keys.ts'
import { parseKubeconfig } from '../../../src/pki/kubeconfig.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'

const startedAt = new Date('2026-06-01T00:00:00Z')
const cluster = makeCluster()
const request = {
  clusterName: 'kubernetes',
  server: 'https://api.example.com:6443',
  clientName: 'jane',
  organizations: ['zeta', 'alpha'],
  key: () => generateKey('ECDSA-P256'),
  startedAt,
  validityMs: 720 * 3_600_000,
}
const pki = '/etc/kubernetes/pki'
let certificate: string
let files: Record<string, string>

beforeAll(async () => {
  const key = await generateKey('ECDSA-P256')
  const ca = issueFromTable(certSpec('ca'), {
    cluster,
    node: makeNode(),
    key,
    startedAt: new Date('2026-01-01T00:00:00Z'),
  })
  certificate = ca.pem
  files = { [`${pki}/ca.crt`]: ca.pem, [`${pki}/ca.key`]: privateKeyPem(key).reveal() }
})

describe('a kubeconfig for an additional user', () => {
  it('makeUserKubeconfig signs a certificate with the groups in order, valid from the start of the CA', async () => {
    const made = parseKubeconfig((await makeUserKubeconfig(fakeHost({ files }), cluster, request)).reveal())
    expect(made).toMatchObject({ context: 'jane@kubernetes', user: 'jane', server: request.server, caPem: certificate })
    const issued = parseCertificate(made.clientCertPem ?? '')
    expect(issued.subject).toEqual({ commonName: 'jane', organizations: ['zeta', 'alpha'] })
    expect([issued.notBefore, issued.notAfter]).toEqual([
      parseCertificate(certificate).notBefore,
      new Date('2026-07-01T00:00:00Z'),
    ])
    expect(made.clientKeyPem?.reveal()).toContain('PRIVATE KEY')
  })

  it('makeUserKubeconfig writes a token without generating a key or reading the key of the CA', async () => {
    const host = fakeHost({ files: { [`${pki}/ca.crt`]: certificate } })
    const key = () => expect.unreachable('no key is needed')
    const made = parseKubeconfig(
      (await makeUserKubeconfig(host, cluster, { ...request, key, token: secret('t0ken') })).reveal(),
    )
    expect(made.token?.reveal()).toBe('t0ken')
    expect([made.clientCertPem, made.clientKeyPem]).toEqual([undefined, undefined])
  })

  it.each([
    ['the CA', () => ({}), /ca\.crt does not exist/],
    ['its key', () => ({ [`${pki}/ca.crt`]: certificate }), /the certificate of jane is missing and cannot be signed/],
  ])('makeUserKubeconfig reports an error without %s', async (_, there, message) => {
    const made = makeUserKubeconfig(fakeHost({ files: there() }), cluster, request)
    await expect(made).rejects.toMatchObject({ code: 'CERT_INVALID', message: expect.stringMatching(message) })
  })
})

it('readClusterAddress reads cluster name and endpoint from admin.conf, if it exists', async () => {
  const text = (await makeUserKubeconfig(fakeHost({ files }), cluster, { ...request, clusterName: 'mine' })).reveal()
  const host = fakeHost({ files: { '/etc/kubernetes/admin.conf': text } })
  expect(await readClusterAddress(host)).toEqual({ clusterName: 'mine', server: request.server })
  expect(await readClusterAddress(fakeHost())).toBeUndefined()
})
