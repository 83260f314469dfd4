import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import { readLeftNode } from '../../../src/observe/left/left-node.ts'

const fixture = (path: string) => readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8')
const pki = '/etc/kubernetes/pki'
const manifests = '/etc/kubernetes/manifests'
const read = (files: Record<string, string>) => readLeftNode(fakeHost({ files }), pki)

describe('the node that a host was', () => {
  it.each([
    ['a static pod', { [`${manifests}/kube-scheduler.yaml`]: '' }],
    ['the key of a CA, as an init that was killed early leaves it', { [`${pki}/ca.key`]: '' }],
    ['the client key of etcd, as a join with an external CA leaves it', { [`${pki}/etcd/healthcheck-client.key`]: '' }],
  ])('a host is treated as a control plane with %s', async (_, files) => {
    expect((await read(files)).role).toBe('control-plane')
  })

  it.each([
    ['an empty directory', {}],
    ['an admin.conf that was copied', { '/etc/kubernetes/admin.conf': '' }],
    ['the CA certificate of a worker', { [`${pki}/ca.crt`]: '' }],
  ])('a host is treated as a worker with %s', async (_, files) => {
    expect(await read(files)).toEqual({ role: 'worker' })
  })

  it('the name of a node comes from its kubelet.conf', async () => {
    const files = { '/etc/kubernetes/kubelet.conf': fixture('pki/ECDSA-P256/kubelet.conf') }
    expect((await read(files)).name).toMatch(/^[a-z]/)
  })

  it('the address of a node comes from the manifest of its API server, or of its etcd', async () => {
    const apiserver = { [`${manifests}/kube-apiserver.yaml`]: fixture('static-pods/ipv6/kube-apiserver.yaml') }
    const etcd = { [`${manifests}/etcd.yaml`]: fixture('static-pods/ipv6/etcd.yaml') }
    expect((await read(apiserver)).advertiseAddress).toBe('fd00:77::11')
    expect((await read(etcd)).advertiseAddress).toBe('fd00:77::11')
  })

  it('the CA of clients comes from the configuration of the kubelet', async () => {
    const config = 'kind: KubeletConfiguration\nauthentication:\n  x509:\n    clientCAFile: /opt/pki/ca.crt\n'
    expect((await read({ '/var/lib/kubelet/config.yaml': config })).clientCaFile).toBe('/opt/pki/ca.crt')
    expect((await read({ '/var/lib/kubelet/config.yaml': 'authentication: []' })).clientCaFile).toBeUndefined()
  })

  const socketOf = (socket: string) => `kind: KubeletConfiguration\ncontainerRuntimeEndpoint: ${socket}\n`
  it.each([
    ['comes from instance-config.yaml', 'unix:///run/a.sock', 'unix:///run/b.sock', 'unix:///run/a.sock'],
    ['comes from config.yaml when instance-config.yaml has none', '""', 'unix:///run/b.sock', 'unix:///run/b.sock'],
    ['may be a plain path', '/run/a.sock', '""', 'unix:///run/a.sock'],
    ['is undefined when the endpoint is not a socket', 'npipe:////./pipe/x', '{', undefined],
  ])('the container runtime socket of a node %s', async (_, own, whole, socket) => {
    const kubelet = '/var/lib/kubelet'
    const files = { [`${kubelet}/instance-config.yaml`]: socketOf(own), [`${kubelet}/config.yaml`]: socketOf(whole) }
    expect((await read(files)).criSocket).toBe(socket)
  })

  it('a node has neither name nor address when its manifests and kubeconfig are not valid', async () => {
    const files = { [`${manifests}/etcd.yaml`]: '{', '/etc/kubernetes/kubelet.conf': 'x' }
    expect(await read(files)).toEqual({ role: 'control-plane' })
  })
})
