import { describe, expect, it } from 'vitest'
import { pairOf, serviceAccountPair } from '../../src/cluster/node-files.ts'
import { normalizeIp } from '../../src/pki/alt-names.ts'
import { certSpec, certsOf, certTable } from '../../src/pki/cert-table.ts'
import { kubeconfigSpec, kubeconfigTable } from '../../src/pki/kubeconfig-table.ts'
import { makeCluster, makeNode } from '../fixtures/cluster.ts'

const node = makeNode({ name: 'cp-2', advertiseAddress: '10.0.0.2' })

describe('the certificate table', () => {
  it.each([
    ['ca', 'ca', undefined, 'kubernetes', []],
    ['apiserver', 'apiserver', 'ca', 'kube-apiserver', ['serverAuth']],
    ['apiserver-kubelet-client', 'apiserver-kubelet-client', 'ca', 'kube-apiserver-kubelet-client', ['clientAuth']],
    ['front-proxy-ca', 'front-proxy-ca', undefined, 'front-proxy-ca', []],
    ['front-proxy-client', 'front-proxy-client', 'front-proxy-ca', 'front-proxy-client', ['clientAuth']],
    ['etcd-ca', 'etcd/ca', undefined, 'etcd-ca', []],
    ['etcd-server', 'etcd/server', 'etcd-ca', 'cp-2', ['serverAuth', 'clientAuth']],
    ['etcd-peer', 'etcd/peer', 'etcd-ca', 'cp-2', ['serverAuth', 'clientAuth']],
    ['etcd-healthcheck-client', 'etcd/healthcheck-client', 'etcd-ca', 'kube-etcd-healthcheck-client', ['clientAuth']],
    ['apiserver-etcd-client', 'apiserver-etcd-client', 'etcd-ca', 'kube-apiserver-etcd-client', ['clientAuth']],
  ] as const)('the certificate table lists %s at %s', (name, base, signedBy, commonName, usages) => {
    const spec = certSpec(name)
    expect(spec).toMatchObject({ base, usages })
    expect(spec.signedBy).toBe(signedBy)
    expect(spec.subject(node)).toEqual({ commonName, organizations: [] })
  })

  it('the certificate table lists ten certificates, each with its own paths', () => {
    const cluster = makeCluster({ config: { certificatesDir: '/pki' } })
    expect(certTable).toHaveLength(10)
    expect(pairOf(cluster.config.certificatesDir, 'etcd-peer')).toEqual({
      certificate: '/pki/etcd/peer.crt',
      key: '/pki/etcd/peer.key',
    })
    expect(serviceAccountPair(cluster.config.certificatesDir)).toEqual({ key: '/pki/sa.key', publicKey: '/pki/sa.pub' })
  })

  it('the certificate table leaves out the five certificates of etcd when etcd is external', () => {
    const cluster = makeCluster({ config: { etcd: { external: { endpoints: ['https://etcd:2379'] } } } })
    const names = certsOf(cluster).map(spec => spec.name)
    expect(names).toEqual(['ca', 'apiserver', 'apiserver-kubelet-client', 'front-proxy-ca', 'front-proxy-client'])
    expect(certsOf(makeCluster())).toEqual(certTable)
  })
})

describe('the names of kube-apiserver', () => {
  const names = (controlPlaneEndpoint: string | undefined, certSANs: readonly string[] = [], serviceSubnet?: string) =>
    certSpec('apiserver').sans(
      makeCluster({
        config: {
          apiServer: { certSANs },
          ...(controlPlaneEndpoint !== undefined && { controlPlaneEndpoint }),
          networking: { dnsDomain: 'corp.test', serviceSubnet: serviceSubnet ?? '10.96.0.0/12' },
        },
      }),
      node,
    )
  const own = ['cp-2', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.corp.test']

  it('the names of kube-apiserver are sorted and unique, and its addresses keep their order', () => {
    expect(names(undefined, ['zz', '*.a', '10.0.0.9', '10.0.0.2', 'zz'])).toEqual({
      dns: ['*.a', ...own, 'zz'],
      ips: ['10.96.0.1', '10.0.0.2', '10.0.0.9'],
    })
  })

  it.each([
    ['lb.test:6443', { dns: ['lb.test'], ips: [] }],
    ['lb.test', { dns: ['lb.test'], ips: [] }],
    ['10.0.0.100:8443', { dns: [], ips: ['10.0.0.100'] }],
    ['[2001:DB8:0::1]:6443', { dns: [], ips: ['2001:db8::1'] }],
    ['2001:db8::1', { dns: [], ips: ['2001:db8::1'] }],
  ])('the names of kube-apiserver include the host of the endpoint %s', (endpoint, added) => {
    const { dns, ips } = names(endpoint)
    expect(dns.filter(name => !own.includes(name))).toEqual(added.dns)
    expect(ips.slice(2)).toEqual(added.ips)
  })

  it('the names of kube-apiserver include only the first address of the first service network', () => {
    expect(names(undefined, [], 'fd00:10::/108,10.96.0.0/12').ips).toEqual(['fd00:10::1', '10.0.0.2'])
  })

  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['010.000.0.01', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['FD00:0:0::1', 'fd00::1'],
    ['10.0.0', undefined],
    ['10.0.0.256', undefined],
    ['fe80::1%eth0', undefined],
    ['example.test', undefined],
  ])('normalizeIp reads %s as the address %s', (text, address) => {
    expect(normalizeIp(text)).toBe(address)
  })
})

describe('the kubeconfig table', () => {
  it.each([
    ['admin.conf', 'kubernetes-admin', ['kubeadm:cluster-admins'], 'cluster'],
    ['super-admin.conf', 'kubernetes-super-admin', ['system:masters'], 'cluster'],
    ['kubelet.conf', 'system:node:cp-2', ['system:nodes'], 'node'],
    ['controller-manager.conf', 'system:kube-controller-manager', [], 'node'],
    ['scheduler.conf', 'system:kube-scheduler', [], 'node'],
  ] as const)('the kubeconfig table issues %s to %s', (name, commonName, organizations, endpoint) => {
    expect(kubeconfigSpec(name).subject(node)).toEqual({ commonName, organizations })
    expect(kubeconfigSpec(name).endpoint).toBe(endpoint)
  })

  it('the kubeconfig table leaves the renewal of kubelet.conf to the kubelet', () => {
    expect(kubeconfigTable.filter(spec => !spec.renewable).map(spec => spec.name)).toEqual(['kubelet.conf'])
  })
})
