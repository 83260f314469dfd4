import { beforeAll, describe, expect, it } from 'vitest'
import { type FakeKube, fakeKube } from '../../src/clients/kube/fake.ts'
import { secret } from '../../src/cluster/secret.ts'
import type { Discovered } from '../../src/cluster/session.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { certs, sa } from '../../src/phases/certs/index.ts'
import {
  adminKubeconfig,
  apiserverCerts,
  componentKubeconfigs,
  controlPlanePods,
  downloadCerts,
  etcdCerts,
} from '../../src/phases/control-plane-prepare/index.ts'
import { uploadCerts } from '../../src/phases/upload-certs/index.ts'
import { parseCertificate } from '../../src/pki/certificate.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { renderBootstrapKubeconfig } from '../../src/render/kubeconfig.ts'
import { makeNode, makeRequest } from '../fixtures/cluster.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const pki = '/etc/kubernetes/pki'
const shared = [
  'ca.crt',
  'ca.key',
  'etcd/ca.crt',
  'etcd/ca.key',
  'front-proxy-ca.crt',
  'front-proxy-ca.key',
  'sa.key',
  'sa.pub',
]
const key = secret('ab'.repeat(32))
const node = makeNode({ name: 'cp2', advertiseAddress: '10.77.0.12' })
const config = { controlPlaneEndpoint: 'api.example.com:6443' }
const plain = quickCluster({ nodes: [node], config })

/** The first control plane, and the API to which it has uploaded its certificates. */
let source: FakeHost
let api: FakeKube
let discovered: Discovered

beforeAll(async () => {
  source = fakeHost()
  for (const phase of [...Object.values(certs), sa]) await runPhase(phase, { host: source })
  api = fakeKube()
  const request = { uploadCerts: true, certificateKey: key }
  await runPhase(uploadCerts, { request, host: source, kube: api })
  const ca = await read(source, `${pki}/ca.crt`)
  const server = 'https://api.example.com:6443'
  const bootstrapKubeconfig = renderBootstrapKubeconfig({ clusterName: 'kubernetes', server, caPem: ca, token: 'a.b' })
  discovered = { server, ca, bootstrapKubeconfig }
})

async function read(host: FakeHost, path: string): Promise<string> {
  return Buffer.from((await host.readFile(path)) ?? '').toString()
}

async function copied(names: readonly string[]): Promise<Record<string, string>> {
  const files = names.map(async name => [`${pki}/${name}`, await read(source, `${pki}/${name}`)] as const)
  return Object.fromEntries(await Promise.all(files))
}

const fromControlPlane = (host: FakeHost) => runPhase(downloadCerts, { cluster: plain, host, source, discovered })
const fromCluster = (host: FakeHost, kube = api) =>
  runPhase(downloadCerts, { cluster: plain, request: { certificateKey: key }, host, kube, discovered })

async function failureOf(run: Promise<unknown>): Promise<KadmError> {
  const error = await run.catch(thrown => thrown)
  if (!(error instanceof KadmError)) throw new Error('it did not fail')
  return error
}

describe('download-certs', () => {
  it.each([
    ['another control plane', fromControlPlane],
    ['the cluster', fromCluster],
  ])('download-certs takes the shared files from %s once and writes keys that only root can read', async (_, take) => {
    const host = fakeHost()
    const { changes } = await take(host)
    expect([...changes].sort()).toEqual(shared.map(name => `file ${pki}/${name}`))
    for (const name of shared) {
      expect(await read(host, `${pki}/${name}`)).toBe(await read(source, `${pki}/${name}`))
      expect((await host.stat(`${pki}/${name}`))?.mode).toBe(name.endsWith('.key') ? 0o600 : 0o644)
    }
    expect((await take(host)).changes).toEqual([])
  })

  it('download-certs uses existing files and then needs no other source', async () => {
    const host = fakeHost({ files: await copied(shared) })
    expect((await runPhase(downloadCerts, { cluster: plain, host, discovered })).changes).toEqual([])
  })

  it.each([
    ['is gone', () => fakeKube(), key],
    ['is under another key', () => api, secret('cd'.repeat(32))],
  ])('download-certs with all files on the host succeeds when the upload %s', async (_, kube, certificateKey) => {
    const host = fakeHost({ files: await copied(shared) })
    const outcome = await runPhase(downloadCerts, {
      cluster: plain,
      request: { certificateKey },
      host,
      kube: kube(),
      discovered,
    })
    expect(outcome.changes).toEqual([])
  })

  it('download-certs ignores different line endings when it compares files', async () => {
    const files = await copied(['ca.crt', 'sa.key', 'sa.pub'])
    const windows = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, text.replaceAll('\n', '\r\n')]),
    )
    const { changes } = await fromControlPlane(fakeHost({ files: windows }))
    expect(changes).not.toContain(`file ${pki}/ca.crt`)
    expect(changes).toHaveLength(shared.length - 3)
  })

  it('download-certs refuses existing files of another cluster and writes nothing', async () => {
    const other = fakeHost()
    for (const phase of [certs.ca, certs.apiserver, sa]) await runPhase(phase, { host: other })
    const paths = ['ca.crt', 'ca.key', 'apiserver.crt', 'apiserver.key', 'sa.key', 'sa.pub'].map(
      name => `${pki}/${name}`,
    )
    const files = Object.fromEntries(
      await Promise.all(paths.map(async path => [path, await read(other, path)] as const)),
    )
    const host = fakeHost({ files: { ...files, [`${pki}/front-proxy-ca.crt`]: 'rubbish' } })
    const error = await failureOf(fromControlPlane(host))
    expect(error.code).toBe('CERT_INVALID')
    const problems = error.problems
      .map(({ field = '', message }) => `${field.replace(`${pki}/`, '')} ${message}`)
      .sort()
    expect(problems).toEqual([
      expect.stringMatching(/apiserver\.crt was not signed by the CA/),
      expect.stringMatching(/^apiserver\.crt is not valid for 10\.77\.0\.12/),
      "ca.crt is there already and is not the cluster's",
      "ca.key is there already and is not the cluster's",
      expect.stringMatching(/^front-proxy-ca\.crt .* holds no certificate/),
      "sa.key is there already and is not the cluster's",
      "sa.pub is there already and is not the cluster's",
    ])
    expect(error.problems.every(({ remedy }) => remedy !== undefined)).toBe(true)
    expect(await host.stat(`${pki}/etcd/ca.crt`)).toBeUndefined()
  })

  it('download-certs refuses certificates that were copied from another node', async () => {
    const host = fakeHost({ files: await copied(['apiserver.crt', 'apiserver.key', 'etcd/peer.crt', 'etcd/peer.key']) })
    const error = await failureOf(fromControlPlane(host))
    expect(error.problems).toEqual(
      ['apiserver', 'etcd/peer'].map(name => ({
        field: `${pki}/${name}.crt`,
        message: expect.stringContaining('is not valid for 10.77.0.12, the address of this node'),
        remedy: `remove it and ${pki}/${name}.key to create both for this node`,
      })),
    )
  })

  it('download-certs refuses shared files whose CA is not the discovered one', async () => {
    const other = fakeHost()
    await runPhase(certs.ca, { host: other })
    const wrong = { ...discovered, ca: await read(other, `${pki}/ca.crt`) }
    const error = await failureOf(
      runPhase(downloadCerts, { cluster: plain, host: fakeHost(), source, discovered: wrong }),
    )
    expect(error.problems.map(({ message }) => message)).toEqual([expect.stringContaining('not that of the cluster')])
  })

  it.each<readonly [string, () => Promise<unknown>, RegExp, RegExp]>([
    ['there is no upload', () => fromCluster(fakeHost(), fakeKube()), /has no Secret kubeadm-certs/, /--from/],
    [
      'the token has no permission to read the upload',
      () =>
        fromCluster(fakeHost(), fakeKube({ fail: () => new KadmError('API_REFUSED', 'forbidden', { status: 403 }) })),
      /has no Secret kubeadm-certs/,
      /upload-certs --upload-certs/,
    ],
    [
      'the key is a different one',
      () => {
        const request = { certificateKey: secret('cd'.repeat(32)) }
        return runPhase(downloadCerts, { cluster: plain, request, host: fakeHost(), kube: api, discovered })
      },
      /cannot decrypt ca\.crt/,
      /upload again/,
    ],
    [
      '--from is not a control plane',
      () => runPhase(downloadCerts, { cluster: plain, host: fakeHost(), source: fakeHost({ name: 'w1' }), discovered }),
      /ca\.crt.* missing on w1/,
      /--from/,
    ],
  ])('download-certs fails with a hint when %s', async (_, run, message, hint) => {
    expect(await failureOf(run())).toMatchObject({
      code: 'CERT_INVALID',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
  })

  it('download-certs works without the key of an external CA but requires the certificates that it would sign', async () => {
    const without = fakeHost({ files: await copied(shared.filter(name => name !== 'ca.key')) })
    const host = fakeHost({ files: await copied(['apiserver-etcd-client.crt', 'apiserver-etcd-client.key']) })
    const error = await failureOf(runPhase(downloadCerts, { cluster: plain, host, source: without, discovered }))
    const names = error.problems.map(({ field }) => field?.replace('/etc/kubernetes/', ''))
    expect(names).toEqual([
      'pki/apiserver.crt',
      'pki/apiserver-kubelet-client.crt',
      'admin.conf',
      'controller-manager.conf',
      'scheduler.conf',
    ])
  })

  it('download-certs lists all that external CAs must sign on a host without certificates, and writes nothing', async () => {
    const keys = ['ca.key', 'front-proxy-ca.key', 'etcd/ca.key']
    const without = fakeHost({ files: await copied(shared.filter(name => !keys.includes(name))) })
    const host = fakeHost()
    const error = await failureOf(runPhase(downloadCerts, { cluster: plain, host, source: without, discovered }))
    expect(error.problems).toHaveLength(10)
    for (const { remedy } of error.problems) expect(remedy).toMatch(/`kadm certs generate-csr \S+`.*sign-csr.*import/)
    expect(await host.list(pki)).toEqual([])
  })
})

describe('the files of a joining control plane', () => {
  let host: FakeHost
  beforeAll(async () => {
    host = fakeHost({ files: await copied(shared) })
    for (const phase of [etcdCerts, apiserverCerts, adminKubeconfig, componentKubeconfigs, controlPlanePods]) {
      await runPhase(phase, { cluster: plain, host })
    }
  })

  it('a joining control plane gets certificates for its own names and addresses', async () => {
    const sans = async (name: string) => parseCertificate(await read(host, `${pki}/${name}.crt`)).sans
    expect(await sans('apiserver')).toMatchObject({
      dns: expect.arrayContaining(['api.example.com', 'cp2']),
      ips: expect.arrayContaining(['10.77.0.12']),
    })
    for (const name of ['etcd/server', 'etcd/peer']) {
      expect(await sans(name)).toEqual({ dns: ['cp2', 'localhost'], ips: ['10.77.0.12', '127.0.0.1', '::1'] })
    }
    const names = ['apiserver-etcd-client', 'apiserver-kubelet-client', 'front-proxy-client', 'etcd/healthcheck-client']
    for (const name of names) expect((await host.stat(`${pki}/${name}.key`))?.mode).toBe(0o600)
  })

  it('a joining control plane gets kubeconfigs for the cluster endpoint and for its own API server', async () => {
    const servers = ['admin.conf', 'controller-manager.conf', 'scheduler.conf'].map(async name => {
      return parseKubeconfig(await read(host, `/etc/kubernetes/${name}`)).server
    })
    const own = 'https://10.77.0.12:6443'
    expect(await Promise.all(servers)).toEqual(['https://api.example.com:6443', own, own])
    expect(await host.list('/etc/kubernetes')).toEqual([
      'admin.conf',
      'controller-manager.conf',
      'manifests',
      'pki',
      'scheduler.conf',
    ])
  })

  it('a joining control plane gets three static pods, without etcd', async () => {
    const names = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map(name => `${name}.yaml`)
    expect(await host.list('/etc/kubernetes/manifests')).toEqual(names)
  })

  it.each([etcdCerts, apiserverCerts, adminKubeconfig, componentKubeconfigs, controlPlanePods])(
    'a second run of the phase $id changes nothing',
    async phase => {
      expect((await runPhase(phase, { cluster: plain, host })).changes).toEqual([])
    },
  )

  it('a joining control plane gets no etcd certificates when etcd is external', async () => {
    const external = { endpoints: ['https://10.0.0.9:2379'] }
    const cluster = quickCluster({ nodes: [node], config: { etcd: { external } } })
    expect(etcdCerts.skip?.({ cluster, node, request: makeRequest() })).toBe('etcd is external')
    const machine = fakeHost({ files: await copied(shared) })
    await runPhase(apiserverCerts, { cluster, host: machine })
    expect(await machine.list(pki)).not.toContain('apiserver-etcd-client.crt')
  })
})
