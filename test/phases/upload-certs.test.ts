import { describe, expect, it } from 'vitest'
import { type FakeKube, fakeKube } from '../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import { secret } from '../../src/cluster/secret.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { uploadCerts } from '../../src/phases/upload-certs/index.ts'
import { certsTtlToken } from '../../src/pki/bootstrap-token.ts'
import { openSealed } from '../../src/pki/certificate-key.ts'
import { bootstrapTokenSecret } from '../../src/render/objects/bootstrap-token.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const now = new Date('2026-06-01T00:00:00Z')

describe('upload-certs', () => {
  const key = secret('c0ffee'.repeat(10).padEnd(64, '0'))
  const request = { uploadCerts: true, certificateKey: key }
  const names = [
    'ca.crt',
    'ca.key',
    'front-proxy-ca.crt',
    'front-proxy-ca.key',
    'sa.pub',
    'sa.key',
    'etcd/ca.crt',
    'etcd/ca.key',
  ]
  const files = Object.fromEntries(names.map(name => [`/etc/kubernetes/pki/${name}`, `content of ${name}`]))
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'kube-system', name: 'kubeadm-certs' }

  async function stored(kube: FakeKube): Promise<Record<string, string>> {
    return ((await kube.get(ref)) as KubeObject & { data: Record<string, string> }).data
  }

  it('upload-certs encrypts the shared files with the certificate key and prints the key', async () => {
    const kube = fakeKube()
    const { results } = await runPhase(uploadCerts, { request, host: fakeHost({ files }), kube })
    expect(results).toEqual([['certificateKey', key.reveal()]])
    const data = await stored(kube)
    expect(Object.keys(data).sort()).toEqual(names.map(name => name.replace('/', '-')).sort())
    const opened = openSealed(key, Buffer.from(data['etcd-ca.key'] ?? '', 'base64'))
    expect(Buffer.from(opened).toString()).toBe('content of etcd/ca.key')
  })

  it('upload-certs changes nothing when the same files are uploaded with the same key', async () => {
    const one = { request, host: fakeHost({ files }), kube: fakeKube() }
    await runPhase(uploadCerts, one)
    expect((await runPhase(uploadCerts, one)).changes).toEqual([])
  })

  it('upload-certs extends the lifetime of the same files by two hours when they are about to expire', async () => {
    const one = { request, host: fakeHost({ files }), kube: fakeKube() }
    await runPhase(uploadCerts, { ...one, now: new Date(Date.now() - 90 * 60_000) })
    const owners = async () => ((await one.kube.get(ref)) ?? expect.unreachable()).metadata.ownerReferences
    const before = await owners()
    await runPhase(uploadCerts, one)
    expect([before, await owners()]).toEqual([[expect.anything()], [expect.anything()]])
    expect(await owners()).not.toEqual(before)
  })

  it.each([
    { title: 'a file', files: { ...files, '/etc/kubernetes/pki/sa.key': 'new' }, key },
    { title: 'the key', files, key: secret('f'.repeat(64)) },
  ])('upload-certs uploads the files again when $title has changed', async changed => {
    const kube = fakeKube()
    await runPhase(uploadCerts, { request, host: fakeHost({ files }), kube })
    const other = { ...request, certificateKey: changed.key }
    await runPhase(uploadCerts, { request: other, host: fakeHost({ files: changed.files }), kube })
    const opened = openSealed(changed.key, Buffer.from((await stored(kube))['sa.key'] ?? '', 'base64'))
    expect(Buffer.from(opened).toString()).toBe(changed.files['/etc/kubernetes/pki/sa.key'])
  })

  it.each([
    { title: 'reuse if created shortly before', minutes: 5, tokens: 1 },
    { title: 'replacement if it expires early', minutes: 15, tokens: 2 },
  ])('upload-certs handles the token of an earlier run: $title', async ({ minutes, tokens }) => {
    const kube = fakeKube()
    const earlier = new Date(Date.now() - minutes * 60_000)
    await kube.create(bootstrapTokenSecret(certsTtlToken(), earlier))
    await runPhase(uploadCerts, { request, host: fakeHost({ files }), kube })
    const found = kube.objects().filter(({ metadata }) => metadata.name.startsWith('bootstrap-token-'))
    expect(found).toHaveLength(tokens)
    const { metadata } = (await kube.get(ref)) ?? expect.unreachable()
    expect(metadata.ownerReferences).toMatchObject([{ name: found.at(-1)?.metadata.name }])
  })

  it('the uploaded certificates expire with a token of two hours', async () => {
    const kube = fakeKube()
    await runPhase(uploadCerts, { request, host: fakeHost({ files }), kube, now })
    const [owner] = kube.objects().filter(({ metadata }) => metadata.name.startsWith('bootstrap-token-'))
    const data = owner?.data as Record<string, string>
    expect(Buffer.from(data.expiration ?? '', 'base64').toString()).toBe('2026-06-01T02:00:00Z')
    const { metadata } = (await kube.get(ref)) ?? expect.unreachable()
    expect(metadata.ownerReferences).toMatchObject([{ kind: 'Secret', uid: owner?.metadata.uid }])
  })

  it('upload-certs stores an empty entry for each file that an external etcd does not need, as kubeadm expects', async () => {
    const external = { endpoints: ['https://e:2379'], caFile: '/etc/etcd/ca.crt' }
    const cluster = quickCluster({ config: { etcd: { external } } })
    const kube = fakeKube()
    const host = fakeHost({ files: { ...files, '/etc/etcd/ca.crt': 'content' } })
    await runPhase(uploadCerts, { cluster, request, host, kube })
    const data = await stored(kube)
    expect([data['external-etcd.crt'], data['external-etcd.key']]).toEqual(['', ''])
    expect(data['external-etcd-ca.crt']).not.toBe('')
  })

  it('upload-certs lists the missing files', async () => {
    const host = fakeHost({ files: { ...files, '/etc/kubernetes/pki/ca.key': '' } })
    await host.remove('/etc/kubernetes/pki/ca.key')
    await expect(runPhase(uploadCerts, { request, host })).rejects.toMatchObject({
      code: 'CERT_INVALID',
      message: 'cannot upload certificates: /etc/kubernetes/pki/ca.key missing',
    })
  })
})
