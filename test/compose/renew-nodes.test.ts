import { describe, expect, it } from 'vitest'
import { findNodesToRenew } from '../../src/compose/renew-nodes.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { renderKubeletKubeconfig } from '../../src/render/kubeconfig.ts'
import { makeConfig } from '../fixtures/cluster.ts'

const certificate = '/var/lib/kubelet/pki/kubelet-client-current.pem'
const kubelet = {
  '/etc/kubernetes/kubelet.conf': renderKubeletKubeconfig({ server: 'https://10.0.0.1:6443', caPem: '', certificate }),
}
const worker = (name: string) => fakeHost({ name, files: kubelet, commands: () => 1 })
const controlPlane = (name: string, files: Readonly<Record<string, string>> = {}) =>
  fakeHost({ name, files: { ...kubelet, '/etc/kubernetes/manifests/etcd.yaml': '', ...files }, commands: () => 1 })
const parsed = { kubeconfig: '/etc/kubernetes/admin.conf', config: makeConfig({ encryptionAlgorithm: 'ECDSA-P256' }) }

describe('the nodes of certs renew', () => {
  it('certs renew finds the roles of hosts, in the order of --host, and gives workers the configuration of their cluster', async () => {
    const hosts = [worker('w1'), controlPlane('cp1'), worker('w2')]
    const { targets, controlPlanes } = await findNodesToRenew(hosts, parsed)
    expect(targets.map(({ node }) => node.role)).toEqual(['worker', 'control-plane', 'worker'])
    expect(targets.map(({ cluster }) => cluster.config.encryptionAlgorithm)).toEqual(Array(3).fill('ECDSA-P256'))
    expect(controlPlanes.map(({ host }) => host.name)).toEqual(['cp1'])
  })

  it('the certificates of workers are signed on a control plane that has the key of the CA', async () => {
    const hosts = [controlPlane('cp1'), controlPlane('cp2', { '/etc/kubernetes/pki/ca.key': '' }), worker('w1')]
    expect((await findNodesToRenew(hosts, parsed)).source?.name).toBe('cp2')
    expect((await findNodesToRenew(hosts.slice(0, 2), parsed)).source).toBeUndefined()
  })

  it('certs renew rejects a worker without a control plane of its cluster', async () => {
    await expect(findNodesToRenew([worker('w1')], parsed)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/^w1 is a worker/),
    })
  })

  it('a host with --cert-dir is a control plane, whatever is on it', async () => {
    const { targets } = await findNodesToRenew([worker('w1')], { ...parsed, certificatesDir: '/srv/pki' })
    expect(targets.map(({ node }) => node.role)).toEqual(['control-plane'])
  })
})
