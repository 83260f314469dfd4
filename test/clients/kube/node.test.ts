import { describe, expect, it } from 'vitest'
import { internalIps, isCordoned, isReady, nodeAddresses, readiness } from '../../../src/clients/kube/node.ts'
import { dataOf, type KubeObject } from '../../../src/cluster/kube-object.ts'

const node = (more: Partial<KubeObject> = {}): KubeObject => {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: 'cp1' }, ...more }
}
const ready = (status: string) =>
  node({
    status: {
      conditions: [
        { type: 'DiskPressure', status: 'True' },
        { type: 'Ready', status },
      ],
    },
  })

describe('a Node', () => {
  it.each([
    { shown: 'True', of: ready('True'), is: true },
    { shown: 'False', of: ready('False'), is: false },
    { shown: 'Unknown', of: ready('Unknown'), is: false },
    { shown: undefined, of: node(), is: false },
    { shown: undefined, of: node({ status: { conditions: [] } }), is: false },
  ])('a Node is ready only when its condition Ready is True, here $shown', ({ shown, of, is }) => {
    expect([readiness(of), isReady(of)]).toEqual([shown, is])
  })

  it('a Node has an internal address for each IP family', () => {
    const addresses = [
      { type: 'ExternalIP', address: '192.0.2.1' },
      { type: 'InternalIP', address: '10.0.0.1' },
      { type: 'InternalIP', address: 'fd00::1' },
    ]
    expect(internalIps(node({ status: { addresses } }))).toEqual(['10.0.0.1', 'fd00::1'])
    expect(nodeAddresses(node({ status: { addresses } }))).toEqual(addresses)
    expect(internalIps(node())).toEqual([])
  })

  it.each([
    { spec: { unschedulable: true }, is: true },
    { spec: { unschedulable: false }, is: false },
    { spec: {}, is: false },
    { spec: undefined, is: false },
  ])('a Node with $spec is cordoned: $is', ({ spec, is }) => {
    expect(isCordoned(node(spec === undefined ? {} : { spec }))).toBe(is)
  })
})

it('dataOf returns an empty object for an absent object or one without data', () => {
  expect(dataOf(node({ data: { a: 'b' } }))).toEqual({ a: 'b' })
  expect([dataOf(node()), dataOf(undefined)]).toEqual([{}, {}])
})
