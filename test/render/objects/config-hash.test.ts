import { expect, it } from 'vitest'
import { configHash, configHashAnnotation } from '../../../src/render/objects/config-hash.ts'
import { kubeletConfigMap } from '../../../src/render/objects/config-map.ts'
import { kubeProxyConfigMap } from '../../../src/render/objects/kube-proxy.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'

it('configHash hashes the values in the order of their keys', () => {
  const expected = 'sha256:c4a78e5bdf318c857b19a6ae4678d9fc8ab0d9bf2b7dd11b41a06c4c1047d943'
  expect(configHash({ x: 'b\n', y: 'a' })).toBe(expected)
  expect(configHash({ y: 'a', x: 'b\n' })).toBe(expected)
  expect(configHash({ x: 'b\n' }, { a: Buffer.from('a') })).toBe(expected)
})

it('a component configuration has a hash only when it is generated', () => {
  const tree = { kind: 'KubeletConfiguration' }
  const given = { generated: false, tree }
  const node = makeNode()
  const generated = makeCluster()
  for (const map of [kubeletConfigMap(generated), kubeProxyConfigMap(generated, node)]) {
    expect(map.metadata.annotations?.[configHashAnnotation]).toBe(configHash(map.data as Record<string, string>))
  }
  const user = makeCluster({ kubelet: given, kubeProxy: given })
  expect(kubeletConfigMap(user).metadata.annotations).toBeUndefined()
  expect(kubeProxyConfigMap(user, node).metadata.annotations).toBeUndefined()
})
