import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openEtcd } from '../../src/compose/etcd.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { authority } from '../clients/https/authority.ts'

const manifest = readFileSync(new URL('../fixtures/static-pods/ipv6/etcd.yaml', import.meta.url), 'utf8')
const ca = authority('etcd-ca')
const client = ca.issue('kube-etcd-healthcheck-client')
const dir = '/etc/kubernetes/pki'

function machine(files: Readonly<Record<string, string>>) {
  const pki = {
    [`${dir}/etcd/ca.crt`]: ca.cert,
    [`${dir}/etcd/healthcheck-client.crt`]: client.cert,
    [`${dir}/etcd/healthcheck-client.key`]: client.key,
  }
  return fakeHost({ files: { ...pki, ...files } })
}

const open = (host: ReturnType<typeof machine>, error: KadmError) =>
  openEtcd({ config: { certificatesDir: dir, etcd: {} }, host, kube: () => Promise.reject(error) })

describe('openEtcd', () => {
  it.each([
    ['the API server is unreachable', new KadmError('API_UNREACHABLE', 'connection refused')],
    ['the API server fails', new KadmError('API_REFUSED', 'etcdserver: no leader', { status: 500 })],
    ['admin.conf has expired', new KadmError('API_REFUSED', 'Unauthorized', { status: 401 })],
    ['admin.conf is not allowed to list pods', new KadmError('API_REFUSED', 'pods is forbidden', { status: 403 })],
    ['admin.conf does not exist', new KadmError('KUBECONFIG_INVALID', '/etc/kubernetes/admin.conf does not exist')],
    ['the API has no etcd pod', new KadmError('ETCD_UNREACHABLE', 'no member of etcd is known')],
  ])('openEtcd reads the endpoints from the manifest of the host when %s', async (_, error) => {
    const etcd = await open(machine({ '/etc/kubernetes/manifests/etcd.yaml': manifest }), error)
    expect(etcd.endpoints[0]).toBe('https://[fd00:77::11]:2379')
    etcd.close()
  })

  it('openEtcd throws the API error when the host has no etcd manifest', async () => {
    const error = new KadmError('API_REFUSED', 'Unauthorized', { status: 401 })
    await expect(open(machine({}), error)).rejects.toBe(error)
  })

  it('openEtcd throws the connection error when the host is lost', async () => {
    const error = new KadmError('HOST_UNREACHABLE', 'lost the connection')
    const host = machine({ '/etc/kubernetes/manifests/etcd.yaml': manifest })
    await expect(open(host, error)).rejects.toBe(error)
  })
})
