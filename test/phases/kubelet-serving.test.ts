import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import { servingCertificate, servingConfigMap, servingKubelet } from '../../src/phases/kubelet-serving/index.ts'
import { altNames } from '../../src/pki/alt-names.ts'
import { makeNode, makeRequest } from '../fixtures/cluster.ts'
import { createSigningRequest } from '../../src/pki/create-request.ts'
import { caPem, cluster, machine, node, restarted, running } from './kubelet-machine.ts'
import { runPhase } from './run-phase.ts'

const config = '/var/lib/kubelet/config.yaml'
const text = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nstaticPodPath: /m\n'
const on = text.replace('static', 'serverTLSBootstrap: true\nstatic')
const configMap = (kubelet: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'kubelet-config', namespace: 'kube-system', annotations: { mine: 'x' } },
  data: { kubelet, other: 'kept' },
})

describe('kubelet-serving/config-map', () => {
  it('sets the field in kubelet-config and keeps everything else', async () => {
    const kube = fakeKube({ objects: [configMap(text)] })
    const { changes } = await runPhase(servingConfigMap, { kube })
    expect(changes).toEqual(['object ConfigMap kube-system/kubelet-config'])
    expect(kube.objects()[0]).toMatchObject({
      data: { kubelet: on, other: 'kept' },
      metadata: { annotations: { mine: 'x' } },
    })
    expect((await runPhase(servingConfigMap, { kube })).changes).toEqual([])
    await runPhase(servingConfigMap, { kube, request: { serverTlsBootstrap: false } })
    expect(kube.objects()[0]).toMatchObject({ data: { kubelet: text, other: 'kept' } })
  })

  it.each([[[]], [[configMap('- x')]]])('fails without a configuration in the cluster', async objects => {
    await expect(runPhase(servingConfigMap, { kube: fakeKube({ objects }) })).rejects.toMatchObject({
      message: 'the ConfigMap kube-system/kubelet-config holds no KubeletConfiguration',
    })
  })
})

describe('kubelet-serving/kubelet', () => {
  const kube = () => fakeKube({ objects: [node('True')] })

  it('changes the configuration and restarts the kubelet, once', async () => {
    const host = machine({ [config]: text })
    expect((await runPhase(servingKubelet, { cluster, host, kube: kube() })).changes).toEqual([
      `file ${config}`,
      ...restarted,
    ])
    expect(Buffer.from((await host.readFile(config)) ?? '').toString()).toBe(on)
    expect((await runPhase(servingKubelet, { cluster, host: running(host), kube: kube() })).changes).toEqual([])
  })

  it('restarts a kubelet that an earlier run left with its old configuration', async () => {
    const host = machine({ [config]: on })
    expect((await runPhase(servingKubelet, { cluster, host, kube: kube() })).changes).toEqual(restarted)
  })

  it('fails without a configuration on the host, before it restarts the kubelet', async () => {
    const host = machine()
    await expect(runPhase(servingKubelet, { cluster, host, kube: kube() })).rejects.toMatchObject({ code: 'HOST_FILE' })
    expect(host.calls.filter(({ verb }) => verb === 'exec')).toEqual([])
  })
})

describe('kubelet-serving/certificate', () => {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const requestOf = (name: string, sans: readonly string[], created: string): KubeObject => {
    const subject = { commonName: 'system:node:w1', organizations: ['system:nodes'] }
    const pem = createSigningRequest({ subject, sans: altNames(sans), key })
    return {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name, creationTimestamp: created },
      spec: {
        signerName: 'kubernetes.io/kubelet-serving',
        username: 'system:node:w1',
        groups: ['system:nodes'],
        usages: ['digital signature', 'server auth'],
        request: Buffer.from(pem).toString('base64'),
      },
    }
  }
  const ca = { '/etc/kubernetes/pki/ca.crt': caPem }
  const short = { timeouts: { ...makeRequest().timeouts, tlsBootstrap: 20 } }

  it('refuses a request with a name that the host does not have', async () => {
    const kube = fakeKube({ objects: [requestOf('csr-1', ['kubernetes'], '2030-01-01T00:00:00Z')] })
    await expect(runPhase(servingCertificate, { cluster, host: machine(ca), kube })).rejects.toMatchObject({
      message: expect.stringMatching(/^the request csr-1 of w1 is not approved: it asks for kubernetes/),
      hint: expect.stringContaining('--san w1=NAME,ADDRESS'),
    })
    expect(kube.calls.filter(({ verb }) => verb === 'approve')).toEqual([])
  })

  it('approves the newest request of the node, with the names that the operator gives', async () => {
    const signed = (object: KubeObject) =>
      object.status === undefined
        ? object
        : { ...object, status: { ...(object.status as object), certificate: 'eA==' } }
    const kube = fakeKube({
      objects: [
        requestOf('csr-new', ['w1', '203.0.113.7'], '2030-01-01T00:01:00Z'),
        requestOf('csr-old', ['w1', '203.0.113.7'], '2030-01-01T00:00:00Z'),
      ],
      defaults: signed,
    })
    const request = { ...short, sans: new Map([['w1', ['203.0.113.7']]]) }
    await expect(runPhase(servingCertificate, { cluster, host: machine(ca), kube, request })).rejects.toMatchObject({
      code: 'TIMEOUT',
      problems: [{ message: 'the request csr-new of w1 is issued' }],
    })
    expect(kube.calls.flatMap(({ verb, what }) => (verb === 'approve' ? [what] : []))).toEqual([
      'CertificateSigningRequest csr-new',
    ])
  })

  it('reports a kubelet that does not ask for a certificate', async () => {
    await expect(
      runPhase(servingCertificate, { cluster, host: machine(ca), kube: fakeKube(), request: short }),
    ).rejects.toMatchObject({ problems: [{ message: 'w1 has not asked for a serving certificate yet' }] })
  })

  it('is skipped when kubelets sign their own certificates', () => {
    const target = { cluster, node: makeNode(), request: { serverTlsBootstrap: false } }
    expect(servingCertificate.skip?.(target as never)).toBe('kubelets sign their own serving certificates')
  })
})
