import { expect, it } from 'vitest'
import { nodeMarkPatch } from '../../../src/render/objects/node-mark.ts'

const role = 'node-role.kubernetes.io/control-plane'
const exclude = 'node.kubernetes.io/exclude-from-external-load-balancers'
const wanted = { key: role, effect: 'NoSchedule' }
const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }
const marked = { [role]: '', [exclude]: '', other: 'x' }

function node(labels: Record<string, string>, taints?: object[]) {
  return { metadata: { labels }, spec: taints === undefined ? {} : { taints } }
}

it('nodeMarkPatch adds labels and taints and keeps other taints', () => {
  expect(nodeMarkPatch(node({}, [notReady]), [wanted])).toEqual({
    metadata: { labels: { [role]: '', [exclude]: '' } },
    spec: { taints: [wanted, notReady] },
  })
})

it('nodeMarkPatch returns undefined for a marked Node with its taints in any order', () => {
  expect(nodeMarkPatch(node(marked, [notReady, wanted]), [wanted])).toBeUndefined()
  expect(nodeMarkPatch(node(marked), [])).toBeUndefined()
})

it('nodeMarkPatch contains only what differs', () => {
  expect(nodeMarkPatch(node({ ...marked, [exclude]: 'no' }, [wanted]), [wanted])).toEqual({
    metadata: { labels: { [exclude]: '' } },
  })
  expect(nodeMarkPatch(node(marked), [wanted])).toEqual({ spec: { taints: [wanted] } })
})

it('nodeMarkPatch replaces a taint with the same key and effect', () => {
  const taint = { ...wanted, value: 'new' }
  expect(nodeMarkPatch(node(marked, [{ ...wanted, value: 'old' }, notReady]), [taint])).toEqual({
    spec: { taints: [taint, notReady] },
  })
})

it('nodeMarkPatch marks a Node without labels and spec', () => {
  expect(nodeMarkPatch({ metadata: {} }, [])).toEqual({ metadata: { labels: { [role]: '', [exclude]: '' } } })
})
