import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import { readLeftNode } from '../../../src/observe/left/left-node.ts'

const fixture = (path: string) => readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8')
const pki = '/etc/kubernetes/pki'
const manifests = '/etc/kubernetes/manifests'
const read = (files: Record<string, string>) => readLeftNode(fakeHost({ files }), pki)

describe('a host', () => {
  it.each([
    ['a static pod', { [`${manifests}/kube-scheduler.yaml`]: '' }],
    ["a CA's key, as an init that was killed early leaves it", { [`${pki}/ca.key`]: '' }],
    ['the client key of etcd, as a join with an external CA leaves it', { [`${pki}/etcd/healthcheck-client.key`]: '' }],
  ])('is a control plane with %s', async (_, files) => {
    expect((await read(files)).role).toBe('control-plane')
  })

  it.each([
    ['nothing', {}],
    ['an admin.conf that was copied', { '/etc/kubernetes/admin.conf': '' }],
    ['the CA certificate of a worker', { [`${pki}/ca.crt`]: '' }],
  ])('is a worker with %s', async (_, files) => {
    expect(await read(files)).toEqual({ role: 'worker' })
  })

  it('has the name that its kubelet shows', async () => {
    const files = { '/etc/kubernetes/kubelet.conf': fixture('pki/ECDSA-P256/kubelet.conf') }
    expect((await read(files)).name).toMatch(/^[a-z]/)
  })

  it('has the address of its API server, else that of its etcd', async () => {
    const apiserver = { [`${manifests}/kube-apiserver.yaml`]: fixture('static-pods/ipv6/kube-apiserver.yaml') }
    const etcd = { [`${manifests}/etcd.yaml`]: fixture('static-pods/ipv6/etcd.yaml') }
    expect((await read(apiserver)).advertiseAddress).toBe('fd00:77::11')
    expect((await read(etcd)).advertiseAddress).toBe('fd00:77::11')
  })

  const socketOf = (socket: string) => `kind: KubeletConfiguration\ncontainerRuntimeEndpoint: ${socket}\n`
  it.each([
    ["of the kubelet's own part", 'unix:///run/a.sock', 'unix:///run/b.sock', 'unix:///run/a.sock'],
    ['of its whole configuration, where its part has none', '""', 'unix:///run/b.sock', 'unix:///run/b.sock'],
    ['of a path', '/run/a.sock', '""', 'unix:///run/a.sock'],
    ['of nothing that is not a socket', 'npipe:////./pipe/x', '{', undefined],
  ])('has the container runtime %s', async (_, own, whole, socket) => {
    const kubelet = '/var/lib/kubelet'
    const files = { [`${kubelet}/instance-config.yaml`]: socketOf(own), [`${kubelet}/config.yaml`]: socketOf(whole) }
    expect((await read(files)).criSocket).toBe(socket)
  })

  it('with files that are no manifests and no kubeconfig has neither', async () => {
    const files = { [`${manifests}/etcd.yaml`]: '{', '/etc/kubernetes/kubelet.conf': 'x' }
    expect(await read(files)).toEqual({ role: 'control-plane' })
  })
})
