import { beforeAll, describe, expect, it } from 'vitest'
import { type FakeKube, fakeKube } from '../../src/clients/kube/fake.ts'
import { dataOf, type KubeObject } from '../../src/cluster/kube-object.ts'
import { type CaPair, goalOf, type RotationStep, trustOf } from '../../src/cluster/rotation.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { readStalePods } from '../../src/observe/cluster/api-pods.ts'
import { publishCas, restartPods } from '../../src/phases/rotate-ca/index.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { newCa } from '../../src/pki/rotation.ts'
import { clusterInfoConfigMap } from '../../src/render/objects/config-map.ts'
import { makeNode } from '../fixtures/cluster.ts'
import { quickCluster, runPhase } from './run-phase.ts'

let pair: CaPair
beforeAll(async () => {
  const input = { cluster: quickCluster(), node: makeNode(), algorithm: 'ECDSA-P256', startedAt: new Date() } as const
  pair = { old: await newCa('ca', input), new: await newCa('ca', input) }
})

const goal = (step: RotationStep) => goalOf('ca', step, pair)
const v1 = (kind: string, namespace: string | undefined, name: string, more: object = {}): KubeObject => ({
  ...{ apiVersion: 'v1', kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } },
  ...more,
})

/** A cluster whose controllers have published what a step trusts. */
function published(step: RotationStep): readonly KubeObject[] {
  const trust = trustOf(goal(step))
  return [
    v1('Namespace', undefined, 'default', { status: { phase: 'Active' } }),
    v1('Namespace', undefined, 'ending', { status: { phase: 'Terminating' } }),
    v1('ConfigMap', 'default', 'kube-root-ca.crt', { data: { 'ca.crt': trust } }),
    v1('ConfigMap', 'kube-system', 'extension-apiserver-authentication', { data: { 'client-ca-file': trust } }),
    clusterInfoConfigMap({ server: 'https://10.0.0.1:6443', caPem: pair.old.certificate }),
  ]
}

describe('publishing the CAs of a step', () => {
  it('cluster-info gets both CAs and keeps its server', async () => {
    const kube = fakeKube({ objects: published('prepare') })
    await runPhase(publishCas, { kube, request: { goals: [goal('prepare')] } })
    const info = await kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-public', name: 'cluster-info' })
    const expected = { server: 'https://10.0.0.1:6443', caPem: trustOf(goal('prepare')) }
    expect(parseKubeconfig(dataOf(info).kubeconfig ?? '')).toMatchObject(expected)
    expect((await runPhase(publishCas, { kube, request: { goals: [goal('prepare')] } })).changes).toEqual([])
  })

  it('a namespace without the new CA is waited for', async () => {
    const kube = fakeKube({ objects: published('undo') })
    const stopped = new AbortController()
    const waiting = runPhase(publishCas, { kube, request: { goals: [goal('prepare')] }, signal: stopped.signal })
    const ended = expect(waiting).rejects.toThrow()
    await expect.poll(() => kube.calls.filter(({ what }) => what === 'Namespace').length).toBeGreaterThan(2)
    stopped.abort()
    await ended
  })

  it('distrust removes the old CA from extension-apiserver-authentication, where API servers keep it', async () => {
    const [, , map, , info] = published('distrust')
    const authentication = published('reissue')[3]
    const [active] = published('distrust')
    const objects = [active, map, authentication, info].flatMap(object => object ?? [])
    const kube = fakeKube({ objects })
    await runPhase(publishCas, { kube, request: { goals: [goal('distrust')] } })
    const ref = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'kube-system',
      name: 'extension-apiserver-authentication',
    }
    expect(dataOf(await kube.get(ref))['client-ca-file']).toBe(pair.new.certificate)
  })

  it('kubeadm-certs, which holds earlier CAs, is deleted with a warning', async () => {
    const kube = fakeKube({ objects: [...published('prepare'), v1('Secret', 'kube-system', 'kubeadm-certs')] })
    const { warnings, changes } = await runPhase(publishCas, { kube, request: { goals: [goal('prepare')] } })
    expect(warnings).toEqual([expect.stringContaining('kubeadm-certs')])
    expect(changes).toContainEqual(expect.stringContaining('kubeadm-certs'))
  })
})

const before = '2027-01-01T00:00:00Z'
const after = '2027-01-01T00:02:00Z'
const token = { volumes: [{ projected: { sources: [{ serviceAccountToken: {} }, { configMap: {} }] } }] }

function pod(name: string, more: { spec?: object; startTime?: string; owner?: string } = {}): KubeObject {
  const { spec = token, startTime = before, owner = 'rs' } = more
  const ownerReferences = owner === '' ? [] : [{ kind: 'ReplicaSet', uid: owner, controller: true }]
  const status = { phase: 'Running', startTime, conditions: [{ type: 'Ready', status: 'True' }] }
  return {
    ...v1('Pod', 'apps', name),
    metadata: { name, namespace: 'apps', uid: name, ownerReferences },
    spec: spec as never,
    status,
  }
}

const binding = (name: string, subjects: readonly object[], role = 'edit') =>
  ({
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name } },
    ...{ subjects, roleRef: { name: role } },
  }) as unknown as KubeObject

const objects = [
  {
    ...v1('ConfigMap', 'apps', 'kube-root-ca.crt'),
    metadata: { name: 'kube-root-ca.crt', namespace: 'apps', managedFields: [{ time: '2027-01-01T00:01:00Z' }] },
  },
  binding('controllers', [{ kind: 'ServiceAccount', namespace: 'apps', name: 'controller' }]),
  binding('everybody', [{ kind: 'Group', name: 'system:authenticated' }], 'system:discovery'),
]

const bound = { ...token, serviceAccountName: 'controller' }

describe('the pods to restart', () => {
  it.each([
    ['of a service account with rights', pod('p', { spec: bound }), true],
    ['of a service account without rights', pod('p'), false],
    ['that started after both CAs were published', pod('p', { spec: bound, startTime: after }), false],
    ['without a token', pod('p', { spec: { serviceAccountName: 'controller' } }), false],
    [
      'with the certificates directory as a volume',
      pod('p', { spec: { volumes: [{ hostPath: { path: '/etc/kubernetes/pki/ca.crt' } }] } }),
      true,
    ],
  ] as const)('a pod %s: listed %#', async (_, one, listed) => {
    const kube = fakeKube({ objects: [...objects, one] })
    expect((await readStalePods(kube, '/etc/kubernetes/pki')).length).toBe(listed ? 1 : 0)
  })

  it('are only listed without --restart-pods, and evicted with it unless nothing replaces them', async () => {
    const pods = [pod('a', { spec: bound }), pod('bare', { spec: bound, owner: '' })]
    const request = { goals: [goal('prepare')] }
    const listing = await runPhase(restartPods, { kube: fakeKube({ objects: [...objects, ...pods] }), request })
    expect(listing).toMatchObject({
      changes: [],
      results: [
        ['podToRestart', 'apps/a'],
        ['podToRestart', 'apps/bare'],
      ],
    })
    const replace = ({ verb }: { readonly verb: string }) => {
      if (verb === 'evict') void kube.create(pod('new', { startTime: after }))
      return undefined
    }
    const kube: FakeKube = fakeKube({ objects: [...objects, ...pods], fail: replace })
    let second = 0
    const host = fakeHost({ commands: () => ({ stdout: `${second++}\n` }) })
    const evicting = await runPhase(restartPods, { host, kube, request: { ...request, restartPods: true } })
    expect(kube.calls.filter(({ verb }) => verb === 'evict').map(({ what }) => what)).toEqual([
      expect.stringContaining('apps/a'),
    ])
    expect(evicting.results).toEqual([['podToRestart', 'apps/bare']])
  })
})
