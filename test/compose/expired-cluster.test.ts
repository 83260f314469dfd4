import { afterEach, describe, expect, it } from 'vitest'
import { hasExpired } from '../../src/compose/expired-cluster.ts'
import { connectLocal } from '../../src/host/connect-local.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { type ApiServer, apiServer } from '../clients/https/api-server.ts'
import { authority } from '../clients/https/authority.ts'
import { makeCluster, makeNode, makeRequest } from '../fixtures/cluster.ts'

const ca = authority('kubernetes')
const now = new Date()
const valid = ca.issue('kube-apiserver')
const expired = ca.issue('kube-apiserver', { days: [-2, -1] })
const justMade = ca.issue('kube-apiserver', { days: [0, 1] })

let server: ApiServer | undefined
afterEach(async () => {
  await server?.stop()
  server = undefined
})

interface Case {
  /** The status of /livez and the served certificate; absent if no API server listens. */
  readonly api?: readonly [status: number, served: typeof valid]
  /** The certificate of etcd on disk. */
  readonly onDisk: typeof valid
}

async function controlPlane({ api, onDisk }: Case) {
  if (api !== undefined) {
    const [status, served] = api
    server = await apiServer(served, (_, response) => void response.writeHead(status).end())
  }
  const flags = ['--advertise-address=127.0.0.1', `--secure-port=${server?.port ?? 1}`]
  const pod = {
    metadata: { name: 'kube-apiserver' },
    spec: { containers: [{ name: 'kube-apiserver', image: 'x:1', command: flags }] },
  }
  const files = {
    '/etc/kubernetes/manifests/kube-apiserver.yaml': JSON.stringify(pod),
    '/etc/kubernetes/pki/etcd/server.crt': onDisk.cert,
    '/etc/kubernetes/pki/etcd/server.key': onDisk.key,
  }
  const host = { ...fakeHost({ files }), connect: (await connectLocal()).connect }
  return { host, cluster: makeCluster(), node: makeNode(), request: makeRequest() }
}

describe('an expired cluster', () => {
  it.each<readonly [string, Case, boolean]>([
    ['has no API server, and certificates that expired', { onDisk: expired }, true],
    ['has an API server that presents an expired certificate', { api: [200, expired], onDisk: expired }, true],
    ['has an API server that reports that it is unhealthy', { api: [500, valid], onDisk: expired }, true],
    ['is one whose certificates were renewed before an earlier run ended', { onDisk: justMade }, true],
    ['is not one with an API server that works', { api: [200, valid], onDisk: expired }, false],
    ['is not one whose API server refuses anonymous requests', { api: [401, valid], onDisk: expired }, false],
    ['is not one whose certificates are valid', { onDisk: valid }, false],
  ])('an expired cluster %s', async (_, one, expected) => {
    expect(await hasExpired([await controlPlane(one)], now)).toBe(expected)
  })

  it('a host with expired certificates but without static pods has no cluster that expired', async () => {
    const files = {
      '/etc/kubernetes/pki/etcd/server.crt': expired.cert,
      '/etc/kubernetes/pki/etcd/server.key': expired.key,
    }
    const place = { host: fakeHost({ files }), cluster: makeCluster(), node: makeNode(), request: makeRequest() }
    expect(await hasExpired([place], now)).toBe(false)
  })

  it('a cluster has not expired while one of its API servers works', async () => {
    const places = [await controlPlane({ onDisk: expired }), await controlPlane({ api: [200, valid], onDisk: expired })]
    expect(await hasExpired(places, now)).toBe(false)
  })
})
