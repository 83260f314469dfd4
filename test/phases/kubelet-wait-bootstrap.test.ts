import { describe, expect, it } from 'vitest'
import { type FakeKube, fakeKube } from '../../src/clients/kube/fake.ts'
import { kubeletWaitBootstrap } from '../../src/phases/kubelet-wait-bootstrap/index.ts'
import { renderKubeconfig } from '../../src/render/kubeconfig.ts'
import { authority } from '../clients/https/authority.ts'
import { makeRequest } from '../fixtures/cluster.ts'
import { bootstrapConf, caPem, cluster, currentPem, kubeletConf, machine, node, server } from './kubelet-machine.ts'
import { quickCluster, runPhase } from './run-phase.ts'

describe('kubelet-wait-bootstrap', () => {
  const own = { clientCertificate: currentPem, clientKey: currentPem }
  const conf = renderKubeconfig({ clusterName: 'k', server, caPem, user: 'u', ...own }).reveal()

  const registered = fakeKube({ objects: [node('False')] })
  const ranOut = authority().issue('w1', { days: [-2, -1], algorithm: 'ec' }).cert

  it('kubelet-wait-bootstrap ends and removes the bootstrap credentials once the certificate in kubelet.conf exists', async () => {
    const host = machine({ [kubeletConf]: conf, [currentPem]: 'certificate', [bootstrapConf]: 'token' })
    const { changes } = await runPhase(kubeletWaitBootstrap, { cluster, host, kube: registered })
    expect(changes).toEqual([`remove ${bootstrapConf}`])
  })

  it('kubelet-wait-bootstrap accepts a certificate that the operator brought in kubelet.conf itself', async () => {
    const { cert } = authority().issue('system:node:w1', { algorithm: 'ec' })
    const pair = { clientCertPem: cert, clientKeyPem: 'key' }
    const embedded = renderKubeconfig({ clusterName: 'k', server, caPem, user: 'u', ...pair }).reveal()
    const host = machine({ [kubeletConf]: embedded, [bootstrapConf]: 'token' })
    const { changes } = await runPhase(kubeletWaitBootstrap, { cluster, host, kube: registered })
    expect(changes).toEqual([`remove ${bootstrapConf}`])
  })

  it('kubelet-wait-bootstrap waits for the Node of a worker, but not for that of a control plane', async () => {
    const files = { [kubeletConf]: conf, [currentPem]: 'certificate' }
    await runPhase(kubeletWaitBootstrap, { cluster: quickCluster(), host: machine(files), kube: fakeKube() })
    let looks = 0
    const kube: FakeKube = {
      ...registered,
      get: ref => (++looks < 4 ? Promise.resolve(undefined) : registered.get(ref)),
    }
    await runPhase(kubeletWaitBootstrap, { cluster, host: machine(files), kube })
    expect(looks).toBe(4)
  })

  it('kubelet-wait-bootstrap reports a missing Node and the field that extends the timeout', async () => {
    const request = { timeouts: { ...makeRequest().timeouts, kubernetesAPICall: 20 } }
    const host = machine({ [kubeletConf]: conf, [currentPem]: 'certificate' })
    await expect(runPhase(kubeletWaitBootstrap, { cluster, request, host, kube: fakeKube() })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/waiting for registration of the Node w1 by its kubelet/),
      hint: expect.stringContaining('timeouts.kubernetesAPICall'),
    })
  })

  it('kubelet-wait-bootstrap refuses a certificate for another node name', async () => {
    const other = authority().issue('system:node:other', { algorithm: 'ec' }).cert
    const host = machine({ [kubeletConf]: conf, [currentPem]: other })
    await expect(runPhase(kubeletWaitBootstrap, { cluster, host, kube: registered })).rejects.toMatchObject({
      code: 'COMPONENT_FAILED',
      message: expect.stringMatching(/a certificate for the Node other, and not for w1$/),
      hint: expect.stringMatching(/hostname-override.*--node-name other/),
    })
  })

  it.each([
    ['kubelet.conf is not there', {}],
    ['its certificate is not there', { [kubeletConf]: conf }],
    ['its certificate is empty, as a dry run records it', { [kubeletConf]: conf, [currentPem]: '' }],
    ['its certificate has expired', { [kubeletConf]: conf, [currentPem]: ranOut }],
  ])('kubelet-wait-bootstrap times out while %s, and still removes the bootstrap credentials', async (_, files) => {
    const request = { timeouts: { ...makeRequest().timeouts, tlsBootstrap: 20 } }
    const host = machine({ ...files, [bootstrapConf]: 'token' })
    await expect(runPhase(kubeletWaitBootstrap, { cluster, request, host })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/waiting for TLS bootstrap of the kubelet at \S/),
    })
    expect(await host.stat(bootstrapConf)).toBeUndefined()
  })

  it('kubelet-wait-bootstrap times out while the kubelet is unhealthy', async () => {
    const request = { timeouts: { ...makeRequest().timeouts, kubeletHealthCheck: 20 } }
    const host = machine({ [kubeletConf]: conf, [currentPem]: 'certificate' }, 500)
    await expect(runPhase(kubeletWaitBootstrap, { cluster, request, host })).rejects.toMatchObject({
      message: expect.stringContaining('waiting for a healthy kubelet'),
    })
  })
})
