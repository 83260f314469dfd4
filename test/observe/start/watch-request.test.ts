import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { requestsOfNodes } from '../../../src/observe/pki/certificate-request.ts'
import { watchRequest } from '../../../src/observe/start/watch-request.ts'
import { parsePrivateKey } from '../../../src/pki/keys.ts'
import { createSigningRequest } from '../../../src/pki/create-request.ts'
import { oracleText } from '../../pki/oracle.ts'

const key = parsePrivateKey(oracleText('ECDSA-P256/csr/apiserver.key'))
const requestFor = (node: string) =>
  Buffer.from(
    createSigningRequest({
      subject: { commonName: `system:node:${node}`, organizations: ['system:nodes'] },
      sans: { ips: [], dns: [] },
      key,
    }),
  ).toString('base64')

const group = 'system:bootstrappers:kubeadm:default-node-token'

function csr(
  conditions: readonly object[] = [],
  more: { readonly node?: string; readonly name?: string; readonly at?: string } = {},
) {
  const { node = 'w1', name = 'csr-1', at = '2026-11-30T02:30:00Z' } = more
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name, creationTimestamp: at },
    spec: {
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      request: requestFor(node),
      username: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', group, 'system:authenticated'],
    },
    status: { conditions },
  } as unknown as KubeObject
}

const approved = { type: 'Approved', status: 'True', reason: 'AutoApproved' }
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'kubeadm:node-autoapprove-bootstrap' },
  roleRef: { kind: 'ClusterRole', name: requestsOfNodes },
  subjects: [{ kind: 'Group', name: group }],
} as unknown as KubeObject
const usual = ['--controllers=*,bootstrapsigner,tokencleaner', '--cluster-signing-key-file=/etc/kubernetes/pki/ca.key']

function manager(flags: readonly string[] = usual, waiting?: string): KubeObject {
  const state = waiting === undefined ? {} : { waiting: { reason: waiting } }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'kube-controller-manager-cp1',
      namespace: 'kube-system',
      labels: { component: 'kube-controller-manager' },
    },
    spec: { nodeName: 'cp1', containers: [{ command: ['kube-controller-manager', ...flags] }] },
    status: { containerStatuses: [{ ready: waiting === undefined, state }] },
  } as unknown as KubeObject
}

interface World {
  readonly request: KubeObject
  readonly others?: readonly KubeObject[]
  /** Objects that an administrator reads in addition to the Lease; absent without `--from`. */
  readonly objects?: readonly KubeObject[]
  /** True if the leader renews its Lease; otherwise the Lease is out of date. */
  readonly alive?: boolean
  readonly patient?: boolean
}

/** The output of a wait for the certificate over two minutes, and its end. */
async function waitFor({ request, others = [], objects, alive = true, patient }: World) {
  let second = 0
  const warnings: string[] = []
  const lease = () => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'kube-controller-manager', namespace: 'kube-system' },
    spec: { holderIdentity: 'cp1_0a', renewTime: alive ? `renewed at ${second}` : 'long ago' },
  })
  const watch = watchRequest({
    node: 'w1',
    kube: async () => fakeKube({ objects: [...others, request] }),
    ...(objects === undefined
      ? {}
      : { admin: async () => fakeKube({ objects: [...objects, lease()] as KubeObject[] }) }),
    ...(patient === undefined ? {} : { patient }),
    warn: text => warnings.push(`${second} ${text}`),
    now: () => second * 1000,
  })
  const probe = watch.over(async () => undefined)
  let error: unknown
  for (; second < 120 && error === undefined; second++) await probe().catch((thrown: unknown) => (error = thrown))
  return { warnings, states: watch.states(), error: error as KadmError | undefined, second }
}

describe('the certificate request of a kubelet', () => {
  it.each<[string, World, RegExp, RegExp]>([
    [
      'that finds no kube-controller-manager',
      { request: csr(), objects: [binding], alive: false },
      /csr-1, is not approved yet: no kube-controller-manager is running: it has no pod in the cluster; its leader cp1_0a/,
      /manifests\/kube-controller-manager\.yaml.*timeouts\.tlsBootstrap/,
    ],
    [
      'whose kube-controller-manager keeps exiting',
      { request: csr(), objects: [binding, manager(usual, 'CrashLoopBackOff')], alive: false },
      /no kube-controller-manager is running: on cp1 it is in CrashLoopBackOff/,
      /get pods/,
    ],
    [
      'whose kube-controller-manager does not respond although its pod runs',
      { request: csr(), objects: [binding, manager()], alive: false },
      /no kube-controller-manager is running: its leader cp1_0a has been silent for/,
      /get pods/,
    ],
    [
      'that no controller approves',
      { request: csr(), objects: [binding, manager(['--controllers=*,-csrapproving', ...usual.slice(1)])] },
      /--controllers=\*,-csrapproving, without csrapproving/,
      /controllerManager\.extraArgs/,
    ],
    [
      'that no controller signs',
      { request: csr([approved]), objects: [binding, manager(['--controllers=csrapproving', ...usual.slice(1)])] },
      /csr-1, is approved, and not signed yet: .*without csrsigning/,
      /controllerManager\.extraArgs/,
    ],
    [
      'for which there is no key',
      { request: csr([approved]), objects: [binding, manager(['--cluster-signing-key-file='])] },
      /no key of the CA to sign with/,
      /external CA/,
    ],
  ])('a certificate request %s is reported within 20 s and fails the wait within 60 s', async (_, world, why, hint) => {
    const { warnings, error, second } = await waitFor(world)
    expect(warnings).toEqual([expect.stringMatching(why)])
    expect(Number(warnings[0]?.split(' ')[0])).toBeLessThan(20)
    expect(error).toMatchObject({
      code: 'COMPONENT_FAILED',
      message: expect.stringMatching(why),
      hint: expect.stringMatching(hint),
    })
    expect(error?.hint).toContain('the kubelet keeps retrying')
    expect(second).toBeLessThan(60)
    const longer = await waitFor({ ...world, patient: true })
    expect(longer.error).toBeUndefined()
    expect(longer.states.join('\n')).toMatch(why)
  })

  it.each<[string, World, RegExp]>([
    [
      'that the operator has to approve',
      { request: csr(), objects: [manager()] },
      /no ClusterRoleBinding to \S+ is for system:bootstrap:abcdef/,
    ],
    [
      'that is pending, without access to a control plane,',
      { request: csr() },
      /is not approved yet: kube-controller-manager approves and signs it/,
    ],
    [
      'that is not signed, without access to a control plane,',
      { request: csr([approved]) },
      /is approved, and not signed yet: kube-controller-manager/,
    ],
  ])('a certificate request %s is reported while the wait continues', async (_, world, why) => {
    const { warnings, error, states } = await waitFor(world)
    expect(warnings).toEqual([expect.stringMatching(why)])
    expect(error).toBeUndefined()
    expect(states.join('\n')).toMatch(why)
    expect(states).toContain('the kubelet keeps retrying')
  })

  it.each([
    ['Denied', /csr-1, was denied: ByHand: unknown machine$/],
    ['Failed', /csr-1, could not be signed: ByHand: unknown machine$/],
  ])('a certificate request fails the wait at once when it is %s', async (type, message) => {
    const request = csr([{ type, status: 'True', reason: 'ByHand', message: 'unknown machine' }])
    const { error, second } = await waitFor({ request })
    expect(error).toMatchObject({ code: 'COMPONENT_FAILED', message: expect.stringMatching(message) })
    expect(error?.hint).toContain('kubectl delete csr csr-1')
    expect(second).toBeLessThan(10)
  })

  it.each<[string, World]>([
    ['is of another node', { request: csr([{ type: 'Denied' }], { node: 'w2' }) }],
    [
      'is an earlier one',
      {
        request: csr([approved]),
        others: [csr([{ type: 'Denied' }], { name: 'csr-0', at: '2026-11-29T00:00:00Z' })],
        objects: [binding, manager()],
      },
    ],
  ])('the wait for a certificate ignores a denied request that %s', async (_, world) => {
    const { error } = await waitFor(world)
    expect(error).toBeUndefined()
  })

  it('the wait for a certificate does not read the request in the first seconds, and ignores read errors', async () => {
    let asked = 0
    let second = 0
    const refuse = async () => {
      asked += 1
      throw new KadmError('API_REFUSED', 'forbidden', { status: 403 })
    }
    const watch = watchRequest({ node: 'w1', kube: refuse, warn: () => undefined, now: () => second * 1000 })
    const probe = watch.over(async () => (second < 20 ? undefined : true))
    for (; second <= 3; second++) await probe()
    expect(asked).toBe(0)
    for (; second < 20; second++) expect(await probe()).toBeUndefined()
    expect(asked).toBeGreaterThan(2)
    expect(await probe()).toBe(true)
    expect(watch.states()).toEqual([])
  })
})
