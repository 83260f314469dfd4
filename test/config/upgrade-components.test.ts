import { expect, it } from 'vitest'
import { findUnknownFields } from '../../src/config/upgrade-components.ts'
import { makeCluster } from '../fixtures/cluster.ts'

const tree = (more: object) => ({
  kubelet: {
    generated: false,
    tree: { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', ...more },
  },
})

it('a field of a stored configuration that the target does not know is a warning', () => {
  const [found, ...more] = findUnknownFields(makeCluster(tree({ dynamicConfigDir: '/x' })), 'v1.37.2')
  expect(found).toMatchObject({ check: 'ComponentConfigs', level: 'warning' })
  expect(found?.message).toMatch(
    /^KubeletConfiguration.dynamicConfigDir in the ConfigMap kube-system\/kubelet-config: /,
  )
  expect(more).toEqual([])
})

it('known fields give no finding', () => {
  expect(findUnknownFields(makeCluster(tree({ maxPods: 42 })), 'v1.37.2')).toEqual([])
})
