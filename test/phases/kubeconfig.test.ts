import { beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { certs } from '../../src/phases/certs/index.ts'
import { kubeconfigs } from '../../src/phases/kubeconfig/index.ts'
import { parseCertificate } from '../../src/pki/certificate.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { makeNode } from '../fixtures/cluster.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const now = new Date('2026-06-01T00:00:00Z')
const all = Object.values(kubeconfigs)
const admin = all.find(phase => phase.id === 'kubeconfig/admin') ?? expect.unreachable()
const adminConf = '/etc/kubernetes/admin.conf'
let files: Record<string, Uint8Array>

beforeAll(async () => {
  files = await pkiOf(quickCluster())
})

async function pkiOf(cluster: Cluster): Promise<Record<string, Uint8Array>> {
  const host = fakeHost()
  await runPhase(certs.ca, { host, now, cluster })
  const paths = ['/etc/kubernetes/pki/ca.crt', '/etc/kubernetes/pki/ca.key']
  return Object.fromEntries(
    await Promise.all(paths.map(async path => [path, (await host.readFile(path)) ?? new Uint8Array()])),
  )
}

async function read(host: FakeHost, path: string) {
  return parseKubeconfig(Buffer.from((await host.readFile(path)) ?? '').toString())
}

const shared = quickCluster({ config: { controlPlaneEndpoint: 'api.example.com:6443' } })
const rows = [
  ['admin', 'kubernetes-admin', ['kubeadm:cluster-admins'], 'https://api.example.com:6443'],
  ['super-admin', 'kubernetes-super-admin', ['system:masters'], 'https://api.example.com:6443'],
  ['kubelet', 'system:node:cp1', ['system:nodes'], 'https://10.77.0.11:6443'],
  ['controller-manager', 'system:kube-controller-manager', [], 'https://10.77.0.11:6443'],
  ['scheduler', 'system:kube-scheduler', [], 'https://10.77.0.11:6443'],
] as const

it.each(rows)('kubeconfig/%s has a client certificate of %s', async (name, commonName, organizations, server) => {
  const phase = all.find(one => one.id === `kubeconfig/${name}`) ?? expect.unreachable()
  const host = fakeHost({ files })
  const { changes } = await runPhase(phase, { host, now, cluster: shared })
  const path = `/etc/kubernetes/${name}.conf`
  expect(changes).toEqual([`file ${path}`])
  const made = await read(host, path)
  expect(made.server).toBe(server)
  expect(parseCertificate(made.clientCertPem ?? '').subject).toEqual({ commonName, organizations })
  expect(await host.stat(path)).toMatchObject({ mode: 0o600 })
})

describe('an existing kubeconfig', () => {
  async function again(change: Partial<{ cluster: Cluster; at: Date; pki: Record<string, Uint8Array> }>) {
    const host = fakeHost({ files })
    await runPhase(admin, { host, now })
    for (const [path, content] of Object.entries(change.pki ?? {})) await host.writeFile({ path, content })
    return runPhase(admin, {
      host,
      now: change.at ?? now,
      ...(change.cluster === undefined ? {} : { cluster: change.cluster }),
    })
  }

  it('the kubeconfig phase keeps an existing kubeconfig', async () => {
    expect(await again({})).toMatchObject({ changes: [], warnings: [], progress: ['using the existing admin.conf'] })
  })

  it('the kubeconfig phase keeps a kubeconfig of another server and warns', async () => {
    const cluster = quickCluster({ nodes: [makeNode({ advertiseAddress: '10.9.9.9' })] })
    const { changes, warnings } = await again({ cluster })
    expect(changes).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('instead of https://10.9.9.9:6443; it is kept')])
  })

  it('the kubeconfig phase keeps a kubeconfig with an expired certificate and warns', async () => {
    const { changes, warnings } = await again({ at: new Date(now.getTime() + 400 * 86_400_000) })
    expect(changes).toEqual([])
    expect(warnings).toEqual([expect.stringMatching(/client certificate in .*admin\.conf .*expired.*it is kept/)])
  })

  it('the kubeconfig phase refuses a kubeconfig that trusts another CA', async () => {
    await expect(again({ pki: await pkiOf(quickCluster()) })).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
      message: `${adminConf} does not trust the CA of this cluster`,
      hint: expect.stringContaining('remove it'),
    })
  })
})

it('the kubeconfig phase names the file that it cannot create without the key of the CA', async () => {
  const host = fakeHost({ files: { '/etc/kubernetes/pki/ca.crt': files['/etc/kubernetes/pki/ca.crt'] ?? '' } })
  await expect(runPhase(admin, { host, now })).rejects.toMatchObject({
    code: 'CERT_INVALID',
    message: expect.stringContaining(`${adminConf} is missing and cannot be signed`),
  })
})
