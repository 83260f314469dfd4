import { expect, it } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import type { Kube } from '../../src/clients/kube/kube.ts'
import { dryAdapters } from '../../src/compose/dry.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'

const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' }, data: { a: '1' } }
const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace: 'default' }

const requests: readonly (readonly [verb: string, ask: (kube: Kube) => Promise<unknown>])[] = [
  ['get', kube => kube.get(ref)],
  ['list', kube => kube.list({ apiVersion: 'v1', kind: 'ConfigMap' })],
  ['create', kube => kube.create({ ...object, metadata: { ...object.metadata, name: 'b' } })],
  ['update', kube => kube.update(object)],
  ['patch', kube => kube.patch(ref, { data: { a: '2' } }, 'merge')],
  ['apply', kube => kube.apply(object, { fieldManager: 'kadm', force: true })],
]

it.each(requests)(
  'a dry run of init uses super-admin.conf for requests that admin.conf is not allowed to make: %s',
  async (verb, ask) => {
    const forbidden = new KadmError('API_REFUSED', 'admin has no rights yet', { status: 403 })
    const admin = fakeKube({ objects: [object], fail: () => forbidden })
    const superAdmin = fakeKube({ objects: [object] })
    const kube = dryAdapters({ newCluster: true }).admin(admin, async () => superAdmin)
    await ask(kube)
    expect([admin.calls, superAdmin.calls].map(calls => calls.map(call => call.verb))).toEqual([[verb], [verb]])
  },
)
