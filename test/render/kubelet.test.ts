import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Node } from '../../src/cluster/cluster.ts'
import type { JsonObject } from '../../src/cluster/json.ts'
import { renderInstanceConfig, renderKubeletConfig, renderKubeletEnv } from '../../src/render/kubelet.ts'
import { makeCluster, makeFacts, makeNode } from '../fixtures/cluster.ts'

describe('renderKubeletConfig', () => {
  it.each(['v1.36.3/cp1', 'v1.37.2/cp1', 'v1.37.2/cp2'])('renderKubeletConfig writes the config.yaml of %s', folder => {
    const golden = readFileSync(new URL(`../fixtures/golden/${folder}/kubelet-config.yaml`, import.meta.url), 'utf8')
    const tree = { ...(parse(golden) as JsonObject), containerRuntimeEndpoint: '' }
    const cluster = makeCluster({ kubelet: { generated: true, tree } })
    expect(renderKubeletConfig(cluster, makeNode())).toBe(golden)
  })

  const resolved = makeNode({ facts: makeFacts({ systemdResolved: true }) })
  const treeWith = (fields: JsonObject) => makeCluster({ kubelet: { generated: false, tree: fields } })

  it('renderKubeletConfig uses systemd-resolved unless the configuration sets resolvConf', () => {
    expect(renderKubeletConfig(treeWith({}), resolved)).toContain('resolvConf: /run/systemd/resolve/resolv.conf\n')
    expect(renderKubeletConfig(treeWith({ resolvConf: '/etc/r' }), resolved)).toContain('resolvConf: /etc/r\n')
    expect(renderKubeletConfig(treeWith({}), makeNode())).not.toContain('resolvConf')
  })

  it('renderKubeletConfig uses the runtime of the node, not that of the cluster configuration', () => {
    const cluster = treeWith({ containerRuntimeEndpoint: 'unix:///elsewhere.sock', maxPods: 50 })
    expect(renderKubeletConfig(cluster, makeNode())).toBe(
      'containerRuntimeEndpoint: unix:///var/run/containerd/containerd.sock\nmaxPods: 50\n',
    )
  })
})

it('renderInstanceConfig quotes the socket in instance-config.yaml', () => {
  expect(renderInstanceConfig(makeNode())).toBe(
    'containerRuntimeEndpoint: "unix:///var/run/containerd/containerd.sock"\n',
  )
})

const taint = { key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }

describe('renderKubeletEnv', () => {
  const table: readonly (readonly [string, Partial<Node>, string])[] = [
    ['no arguments by default', {}, ''],
    ['the name when the host has another', { facts: makeFacts({ hostname: 'box' }) }, '--hostname-override=cp1'],
    ['no name when the host differs in case only', { facts: makeFacts({ hostname: 'CP1' }) }, ''],
    [
      'extra arguments in their order, duplicates kept',
      {
        kubeletExtraArgs: [
          { name: 'v', value: '4' },
          { name: 'node-labels', value: 'a=b' },
          { name: 'v', value: '' },
        ],
      },
      '--v=4 --node-labels=a=b --v=',
    ],
    [
      'the name once when it is an extra argument',
      { kubeletExtraArgs: [{ name: 'hostname-override', value: 'other' }] },
      '--hostname-override=other',
    ],
    ['no taints of a control plane', { taints: [taint] }, ''],
    [
      'the taints of a worker',
      { role: 'worker', taints: [taint, { key: 'slow', effect: 'NoExecute' }] },
      '--register-with-taints=dedicated=gpu:NoSchedule,slow:NoExecute',
    ],
    [
      'quotes escaped',
      { kubeletExtraArgs: [{ name: 'feature-gates', value: 'a="b c"' }] },
      '--feature-gates=a=\\"b c\\"',
    ],
  ]
  it.each(table)('renderKubeletEnv passes %s', (_, overrides, args) => {
    expect(renderKubeletEnv(makeNode(overrides))).toBe(`KUBELET_KUBEADM_ARGS="${args}"\n`)
  })
})
