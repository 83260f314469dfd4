import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import { journaledKube, type ObjectChange } from '../../../src/clients/kube/journaled.ts'
import { refOf } from '../../../src/clients/kube/kube.ts'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'

const configMap: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
  data: { a: '1' },
}
const token: KubeObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system', annotations: { last: 'topsecret' } },
  stringData: { 'token-secret': 'topsecret' },
}

function journaled(objects: readonly KubeObject[] = []) {
  const fake = fakeKube({ objects })
  const changes: ObjectChange[] = []
  return { fake, changes, kube: journaledKube(fake, change => changes.push(change)) }
}

describe('a journaled client', () => {
  it('the journaled client records an apply that changes an object, but not one without a change', async () => {
    const { kube, changes } = journaled()
    for (const a of ['1', '1', '2']) await kube.apply({ ...configMap, data: { a } }, { fieldManager: 'kadm' })
    expect(changes.map(({ before, after }) => [before !== undefined, /a: "(.)"/.exec(after ?? '')?.[1]])).toEqual([
      [false, '1'],
      [true, '2'],
    ])
  })

  it('the journaled client reports a creation as YAML without the fields that the server manages', async () => {
    const { kube, changes } = journaled()
    await kube.create(configMap)
    expect(changes).toEqual([
      {
        kind: 'object',
        on: 'cluster',
        what: 'ConfigMap kube-system/kubeadm-config',
        after:
          'apiVersion: v1\nkind: ConfigMap\ndata:\n  a: "1"\nmetadata:\n  name: kubeadm-config\n  namespace: kube-system\n',
      },
    ])
  })

  it('the journaled client reports both texts of an update without a second read', async () => {
    const { kube, fake, changes } = journaled([configMap])
    await kube.get(refOf(configMap))
    await kube.update({ ...configMap, data: { a: '2' } })
    expect(fake.calls.map(call => call.verb)).toEqual(['get', 'update'])
    expect(changes[0]?.before).toContain('a: "1"')
    expect(changes[0]?.after).toContain('a: "2"')
  })

  it('the journaled client reads an object before a patch or a removal if it was not read before', async () => {
    const { kube, changes } = journaled([configMap])
    await kube.patch(refOf(configMap), { data: { b: '3' } }, 'merge')
    await kube.remove(refOf(configMap))
    expect(changes.map(({ before, after }) => [before?.includes('b:'), after?.includes('b:')])).toEqual([
      [false, true],
      [true, undefined],
    ])
  })

  it('the journaled client does not report writes that change nothing', async () => {
    const { kube, changes } = journaled([configMap])
    await kube.update(configMap)
    await kube.patch(refOf(configMap), { status: { phase: 'x' } }, 'merge')
    await kube.remove({ ...refOf(configMap), name: 'absent' })
    expect(changes).toEqual([])
  })

  it('the journaled client reports that values of a Secret changed, but not the values', async () => {
    const { kube, changes } = journaled()
    await kube.create(token)
    await kube.update({ ...token, stringData: { 'token-secret': 'other-topsecret' } })
    expect(changes).toHaveLength(2)
    expect(changes[0]?.after).toContain('token-secret: "[secret, 9 bytes]"')
    expect(changes[1]?.after).toContain('token-secret: "[secret, 15 bytes, another]"')
    expect(JSON.stringify(changes)).not.toContain('topsecret')
  })

  it('the journaled client reports sizes of values and marks unchanged values', async () => {
    const value = (text: string) => Buffer.from(text).toString('base64')
    const stored = { ...configMap, kind: 'Secret', data: { a: value('kept'), b: value('old') } }
    const { kube, changes } = journaled([stored])
    await kube.update({ ...stored, data: { a: value('kept'), b: value('new'), c: value('more') } })
    const data = (text: string | undefined) => text?.match(/^ {2}\w: .*/gm)
    expect(data(changes[0]?.before)).toEqual(['  a: "[secret, 4 bytes]"', '  b: "[secret, 3 bytes]"'])
    expect(data(changes[0]?.after)).toEqual([
      '  a: "[secret, 4 bytes]"',
      '  b: "[secret, 3 bytes, another]"',
      '  c: "[secret, 4 bytes]"',
    ])
  })

  it('the journaled client reports a creation as it was sent, without the additions of the server', async () => {
    const fake = fakeKube({ defaults: object => ({ ...object, immutable: false }) })
    const changes: ObjectChange[] = []
    await journaledKube(fake, change => changes.push(change)).create(configMap)
    expect(changes[0]?.after).not.toContain('immutable')
  })

  it('the journaled client does not report a failed write', async () => {
    const { kube, changes } = journaled([configMap])
    await expect(kube.create(configMap)).rejects.toMatchObject({ code: 'API_CONFLICT' })
    expect(changes).toEqual([])
  })
})
