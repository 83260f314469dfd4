import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { controlPlaneNodesReady } from '../../../src/phases/preflight/control-planes.ts'
import type { Check, CheckSubject } from '../../../src/phases/preflight/check.ts'
import { admissionWebhooks, apiServerSkew } from '../../../src/phases/preflight/upgrade-blockers.ts'
import { makeUntil } from '../../../src/pipeline/until.ts'
import { makeCluster, makeNode, makeRequest } from '../../fixtures/cluster.ts'

function server(node: string, version: string): KubeObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      name: `kube-apiserver-${node}`,
      namespace: 'kube-system',
      labels: { component: 'kube-apiserver', tier: 'control-plane' },
    },
    spec: { nodeName: node, containers: [{ image: `registry.k8s.io/kube-apiserver:${version}` }] },
  }
}

function run(check: Check, objects: readonly KubeObject[], from = 'v1.36.3', continues?: true) {
  const ctx = {
    ...{ cluster: makeCluster({ config: { kubernetesVersion: 'v1.37.2' } }), node: makeNode() },
    ...{ request: { ...makeRequest(), from, continues }, until: makeUntil(new AbortController().signal) },
    kube: async () => fakeKube({ objects }),
  }
  return check.run({ ctx } as unknown as CheckSubject)
}

describe('an API server that is away for a moment', () => {
  it.each([
    ['does not answer', new KadmError('API_UNREACHABLE', 'the connection was closed')],
    ['is starting', new KadmError('API_REFUSED', 'etcd does not answer', { status: 503 })],
  ])('the checks of an upgrade ask again while it %s', async (_, error) => {
    const failures = [error, new KadmError('API_REFUSED', 'forbidden', { status: 403 })]
    const fail = () => failures.shift()
    const until = makeUntil(new AbortController().signal)
    const ctx = { kube: async () => fakeKube({ fail }), request: makeRequest(), until }
    expect(await controlPlaneNodesReady.run({ ctx } as unknown as CheckSubject)).toEqual([])
  })
})

describe('VersionSkew', () => {
  it.each([
    ['all have the version before', [server('cp1', 'v1.36.3'), server('cp2', 'v1.36.3')], []],
    ['some have the target already', [server('cp1', 'v1.37.2'), server('cp2', 'v1.36.3')], []],
    ['another one was forgotten', [server('cp1', 'v1.36.3'), server('cp2', 'v1.35.4')], ['cp2 has v1.35.4']],
    ['this one was forgotten', [server('cp1', 'v1.35.4'), server('cp2', 'v1.36.3')], ['cp1 has v1.35.4']],
  ])('API servers are not left two minor versions behind: %s', async (_, objects, messages) => {
    const found = await run(apiServerSkew, objects)
    expect(found.map(({ message }) => message)).toEqual(messages.map(text => expect.stringContaining(text)))
  })

  it('the second version of a run is not compared again: a dry run still finds the first one', async () => {
    const objects = [server('cp1', 'v1.35.4'), server('cp2', 'v1.35.4')]
    expect(await run(apiServerSkew, objects, 'v1.36.3', true)).toEqual([])
  })

  it('an image without a version is not compared', async () => {
    expect(await run(apiServerSkew, [server('cp1', 'v1.36.3'), server('cp2', 'build-418')])).toEqual([])
  })

  it('a node that catches up with the stored version may be two minor versions behind', async () => {
    expect(await run(apiServerSkew, [server('cp1', 'v1.35.4'), server('cp2', 'v1.37.2')], 'v1.37.2')).toEqual([])
  })
})

describe('AdmissionWebhooks', () => {
  const webhook = (failurePolicy: string): KubeObject => ({
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
    metadata: { name: 'guard' },
    webhooks: [
      {
        ...{ name: 'guard.example.com', failurePolicy },
        clientConfig: { service: { namespace: 'policy', name: 'guard' } },
        rules: [{ apiGroups: [''], resources: ['pods'], operations: ['CREATE'] }],
      },
    ],
  })

  it.each([
    ['Fail', ['error']],
    ['Ignore', []],
  ])('a webhook without endpoints, with the failure policy %s', async (policy, levels) => {
    const found = await run(admissionWebhooks, [webhook(policy)])
    expect(found.map(({ level }) => level)).toEqual(levels)
  })

  it('the checks are skipped if the server refuses the lists', async () => {
    const fail = () => new KadmError('API_REFUSED', 'forbidden', { status: 403 })
    const until = makeUntil(new AbortController().signal)
    const ctx = { kube: async () => fakeKube({ fail }), request: makeRequest(), until }
    const found = await admissionWebhooks.run({ ctx } as unknown as CheckSubject)
    expect(found).toMatchObject([{ level: 'skipped' }])
  })
})
