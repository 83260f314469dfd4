import { expect, it } from 'vitest'
import { fakeKube } from '../../../../src/clients/kube/fake.ts'
import type { JsonObject } from '../../../../src/cluster/json.ts'
import type { KubeObject } from '../../../../src/cluster/kube-object.ts'
import { findBlockingWebhooks } from '../../../../src/observe/cluster/upgrade/blocking-webhooks.ts'

const labels = { 'kubernetes.io/metadata.name': 'kube-system' }
const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', labels } }
const service = { namespace: 'policy', name: 'guard' }
const endpoints = (ready: boolean): KubeObject => ({
  ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
  metadata: { name: 'guard-1', namespace: 'policy', labels: { 'kubernetes.io/service-name': 'guard' } },
  endpoints: [{ conditions: { ready } }],
})
const pods = { apiGroups: [''], resources: ['pods'], operations: ['CREATE'] }

function find(webhook: JsonObject, ready = true) {
  const configuration: KubeObject = {
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
    metadata: { name: 'guard' },
    webhooks: [{ name: 'guard.example.com', clientConfig: { service }, rules: [pods], ...webhook }],
  }
  return findBlockingWebhooks(fakeKube({ objects: [namespace, endpoints(ready), configuration] }))
}

const outside = {
  matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] }],
}

it.each<[string, JsonObject, number]>([
  ['about pods of kube-system', {}, 1],
  ['about everything', { rules: [{ apiGroups: ['*'], resources: ['*/*'], operations: ['*'] }] }, 1],
  ['about pods and their subresources', { rules: [{ ...pods, resources: ['pods/*'] }] }, 1],
  ['about DaemonSets', { rules: [{ ...pods, apiGroups: ['apps'], resources: ['daemonsets'] }] }, 1],
  ['that may fail', { failurePolicy: 'Ignore' }, 0],
  ['about deletions', { rules: [{ ...pods, operations: ['DELETE'] }] }, 0],
  ['about Ingresses', { rules: [{ ...pods, apiGroups: ['networking.k8s.io'], resources: ['ingresses'] }] }, 0],
  ['that leaves kube-system out', { namespaceSelector: outside }, 0],
  [
    'about Nodes that leaves kube-system out',
    { namespaceSelector: outside, rules: [{ ...pods, resources: ['nodes'] }] },
    1,
  ],
  ['for labels that kube-system does not have', { namespaceSelector: { matchLabels: { guarded: 'yes' } } }, 0],
])('a webhook %s is judged by what an upgrade writes', async (_, webhook, count) => {
  expect(await find(webhook)).toHaveLength(count)
})

it('a webhook that answers is a warning, and one without a ready endpoint is an error', async () => {
  expect(await find({})).toMatchObject([{ level: 'warning', check: 'AdmissionWebhooks' }])
  expect(await find({}, false)).toMatchObject([
    { level: 'error', message: expect.stringContaining('Service policy/guard has no ready endpoint') },
  ])
  expect(await find({ objectSelector: { matchLabels: { inject: 'true' } } }, false)).toMatchObject([
    { level: 'warning' },
  ])
  expect(await find({ matchConditions: [{ name: 'x', expression: 'false' }] }, false)).toMatchObject([
    { level: 'warning' },
  ])
  expect(await find({ clientConfig: { url: 'https://guard.example.com' } }, false)).toMatchObject([
    { level: 'warning' },
  ])
})
