import { describe, expect, it } from 'vitest'
import { nodeRemoveIntent } from '../../../src/cli/node/intent.ts'
import { nodeRemoveResult, nodeRemoveText } from '../../../src/cli/node/result.ts'
import { runIntent } from '../../../src/cli/run/run-intent.ts'
import type { RunReport } from '../../../src/cli/run/run-plan.ts'
import { clusterAtHost } from '../../../src/config/cluster-at-host.ts'
import { readNodeName, removeRequest } from '../../../src/config/node-remove.ts'
import { makeConfig, makeFacts } from '../../fixtures/cluster.ts'

const report = (changes: RunReport['changes'], results: RunReport['results'] = {}): RunReport => {
  const none = { values: [], steps: [], absent: [], phases: [], warnings: [], judgements: [] }
  return { ...none, results, changes, seconds: 1 }
}
const change = (phase: string, kind: string, what: string) => ({
  phase: `node-remove/${phase}`,
  node: 'cp1',
  kind,
  what,
})

describe('node remove', () => {
  it('node remove reports the evicted pods, the etcd member and the Node that it removed', () => {
    const result = nodeRemoveResult(
      'cp3',
      report(
        [
          change('drain', 'object', 'Node cp3'),
          change('drain', 'object', 'Pod default/web'),
          change('etcd-member', 'member', 'etcd member https://10.77.0.13:2380'),
          change('node', 'object', 'Node cp3'),
        ],
        { deletedNode: ['cp3'] },
      ),
    )
    expect(result).toMatchObject({ podsEvicted: ['default/web'], etcdMemberRemoved: true, nodeDeleted: true })
    expect(nodeRemoveText(result, 'root@cp1')).toBe(
      'cp3: removed from the cluster: 1 pod evicted, etcd member removed, Node deleted (1 s).\n\n' +
        'If the host still exists, reset it:\n  kadm reset --host root@10.77.0.13\n',
    )
  })

  it('node remove prints the host of an etcd member that was removed by its ID', () => {
    const change3 = change('etcd-member', 'member', 'etcd member https://[fd00:77::13]:2380')
    expect(nodeRemoveText(nodeRemoveResult('8e9e05c52164694d', report([change3])))).toBe(
      '8e9e05c52164694d: removed from the cluster: etcd member removed (1 s).\n\n' +
        'If the host still exists, reset it:\n  kadm reset --host fd00:77::13\n',
    )
  })

  it.each([
    ['root@cp1', 'root@10.77.0.13'],
    ['ubuntu@10.77.0.11:2222', 'ubuntu@10.77.0.13'],
    ['cp1', '10.77.0.13'],
    [undefined, '10.77.0.13'],
  ])('node remove prints the address of the removed Node with the user of --host %s', (spec, shown) => {
    const values = { ...report([change('node', 'object', 'Node cp3')]), results: { address: ['10.77.0.13'] } }
    expect(nodeRemoveText(nodeRemoveResult('cp3', values), spec)).toContain(`kadm reset --host ${shown}\n`)
  })
})

const options = { kubeconfig: '/x', timeout: '5m', progress: 'quiet', output: 'text', v: 0 } as const

describe('the node name of node remove', () => {
  it.each([
    ['Worker-C.Example.COM', 'worker-c.example.com'],
    [' w1 ', 'w1'],
    ['10.77.0.13', '10.77.0.13'],
    ['[FD00:77::19]', '[fd00:77::19]'],
    ['fd00:77::19', 'fd00:77::19'],
    ['0xAB', '0xab'],
    ['8E9E05C52164694D', '8e9e05c52164694d'],
  ])('node remove reads the name "%s" as %s', (given, name) => expect(readNodeName(given)).toBe(name))

  it.each(['../../x', '', ' ', 'a/b', 'w1,w2', 'w_1', '-w1', 'w1.', 'node/w1', 'w 1', 'a'.repeat(254), '%2e%2e'])(
    'node remove rejects the name "%s" before it reaches a host',
    async name => {
      await expect(runIntent(nodeRemoveIntent, { name, options }, options)).rejects.toMatchObject({ code: 'USAGE' })
    },
  )
})

it.each([
  ['an invalid duration', { timeout: 'soon' }, /--timeout soon/],
  ['two hosts', { host: ['cp1', 'cp2'] }, /give exactly one --host/],
])('node remove rejects %s before it reaches a host', async (_, wrong, words) => {
  await expect(
    runIntent(nodeRemoveIntent, { name: 'cp3', options: { ...options, ...wrong } }, options),
  ).rejects.toThrow(words)
})

it('node remove runs on the control plane of --host and uses the API server there', () => {
  const place = {
    facts: makeFacts(),
    config: makeConfig(),
    advertiseAddress: '10.0.0.1',
    bindPort: 8443,
  }
  const removal = { name: 'cp3', drainTimeoutMs: 1, force: false }
  const request = removeRequest(removal, '/k')
  const { nodes } = clusterAtHost(place, request)
  expect(nodes).toMatchObject([{ name: 'cp1', role: 'control-plane', advertiseAddress: '10.0.0.1', bindPort: 8443 }])
  expect(request).toMatchObject({ ...removal, kubeconfig: '/k' })
})
