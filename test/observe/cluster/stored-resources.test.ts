import { expect, it } from 'vitest'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import { readStoredResources } from '../../../src/observe/cluster/stored-resources.ts'

const verbs = ['get', 'list', 'patch', 'update', 'watch']
const one = (name: string, more: object = {}) => ({ name, verbs, storageVersionHash: 'abc=', ...more })
const groups = (...versions: string[]) => ({ groups: [{ versions: versions.map(groupVersion => ({ groupVersion })) }] })

const answers: Readonly<Record<string, object>> = {
  '/apis': groups('apps/v1', 'storagemigration.k8s.io/v1', 'example.com/v1', 'example.com/v2', 'metrics.k8s.io/v1'),
  '/api/v1': {
    resources: [
      one('secrets'),
      one('secrets/status'),
      one('events'),
      one('bindings', { verbs: ['create'] }),
      one('componentstatuses', { storageVersionHash: undefined }),
    ],
  },
  '/apis/apps/v1': { resources: [one('deployments'), one('deployments/scale')] },
  '/apis/storagemigration.k8s.io/v1': { resources: [one('storageversionmigrations')] },
  '/apis/example.com/v1': { resources: [one('widgets')] },
  '/apis/example.com/v2': { resources: [one('widgets'), one('gadgets'), one('gizmos')] },
  '/api/v1/secrets?limit=1': { items: [{}] },
  '/apis/apps/v1/deployments?limit=1': { items: [] },
  '/apis/example.com/v2/widgets?limit=1': { items: [{}] },
  '/apis/example.com/v2/gadgets?limit=1': {},
  '/apis/example.com/v2/gizmos?limit=1': {},
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions': {
    items: [
      { metadata: { name: 'gadgets.example.com' }, status: { storedVersions: ['v1', 'v2'] } },
      { metadata: { name: 'gizmos.example.com' }, status: { storedVersions: ['v2'] } },
    ],
  },
}

const reading = (of: Readonly<Record<string, object>>) =>
  readStoredResources(
    fakeKube({
      probe: path => ({ status: path in of ? 200 : 503, body: JSON.stringify(of[path] ?? {}) }),
    }),
  )

it('resources are those in etcd that can be listed and written, each once; due are those with objects', async () => {
  expect(await reading(answers)).toEqual({
    names: ['deployments.apps', 'gadgets.example.com', 'gizmos.example.com', 'secrets', 'widgets.example.com'],
    due: ['gadgets.example.com', 'secrets', 'widgets.example.com'],
    silent: ['metrics.k8s.io/v1'],
  })
})

it('a cluster that does not serve the migration of resources has none', async () => {
  expect(await reading({ ...answers, '/apis': groups('apps/v1') })).toBeUndefined()
})

it('a server that does not list its groups is an error', async () => {
  await expect(reading({})).rejects.toMatchObject({ code: 'API_REFUSED' })
})
