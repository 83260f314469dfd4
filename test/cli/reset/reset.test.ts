import { describe, expect, it } from 'vitest'
import { lossOf, lossText } from '../../../src/cli/reset/question.ts'
import { resetResult, resetText } from '../../../src/cli/reset/result.ts'
import type { RunReport } from '../../../src/cli/run/run-plan.ts'
import type { ResetNode } from '../../../src/compose/reset-node.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import { makeCluster, makeNode, makeRequest } from '../../fixtures/cluster.ts'
import { processAnswers } from '../../fixtures/processes.ts'

const files = {
  '/etc/kubernetes/manifests/kube-apiserver.yaml': '',
  '/etc/kubernetes/pki/ca.key': '',
  '/etc/kubernetes/pki/etcd/ca.key': '',
  '/var/lib/etcd/member/db': '',
}
const cluster = makeCluster()
const cp1 = makeNode()
const machine = (files = {}) =>
  fakeHost({ files, commands: ({ argv }) => (argv[0] === 'sh' ? { stdout: processAnswers() } : undefined) })
const resetNode = (more: Partial<ResetNode> = {}): ResetNode => {
  return { cluster, node: cp1, request: makeRequest({ fromCluster: true }), state: {}, warnings: [], ...more }
}
const loss = (controlPlanes?: readonly string[], more: Partial<ResetNode> = {}) =>
  lossOf(machine(files), resetNode({ ...more, ...(controlPlanes === undefined ? {} : { state: { controlPlanes } }) }), [
    'cp1',
  ])

describe('the data that a reset deletes', () => {
  it('a reset lists no deleted keys or etcd data while another control plane node remains', async () => {
    expect(await loss(['cp1', 'cp2'])).toMatchObject({ forGood: [] })
    expect(lossText([await loss(['cp1', 'cp2'])])).not.toContain('for good')
  })

  it('a reset of the last control plane node lists the CA keys and etcd data that exist', async () => {
    expect(await loss(['cp1'])).toEqual({
      node: 'cp1',
      last: 'sure',
      forGood: ['/etc/kubernetes/pki/ca.key', '/etc/kubernetes/pki/etcd/ca.key', '/var/lib/etcd'],
      network: [],
    })
  })

  it('a reset warns about possible loss of data when the cluster cannot be reached', async () => {
    const unknown = await loss()
    expect(unknown.last).toBe('unknown')
    expect(lossText([unknown])).toMatch(
      /If there is none, these files will be deleted; no copy is kept \(use --backup DIR/,
    )
  })

  it('a reset of a worker lists no deleted keys or etcd data', async () => {
    expect(await loss([], { node: makeNode({ name: 'w1', role: 'worker' }) })).toMatchObject({ forGood: [] })
  })

  it('a reset lists no deleted keys or etcd data when the host has none', async () => {
    const found = resetNode({ state: { controlPlanes: ['cp1'] } })
    expect(await lossOf(machine(), found, ['cp1'])).toEqual({ node: 'cp1', forGood: [], network: [] })
  })

  it('a reset explains each file that it deletes and prints the backup directory', async () => {
    const request = makeRequest({ fromCluster: true, backupDir: '/root/b' })
    expect(lossText([await loss(['cp1'], { request })])).toBe(
      [
        'This resets cp1: it stops the kubelet and its pods, and removes their files.',
        'cp1 is the last control plane node of its cluster. These files will be deleted; a copy is kept in /root/b:',
        '  /etc/kubernetes/pki/ca.key  (the key of a CA)',
        '  /etc/kubernetes/pki/etcd/ca.key  (the key of a CA)',
        '  /var/lib/etcd  (etcd data: all objects of the cluster)',
        '',
      ].join('\n'),
    )
  })

  it('a reset lists what --cleanup-network removes', async () => {
    const request = makeRequest({ fromCluster: true, cleanupNetwork: true })
    const host = fakeHost({ commands: { 'nft list tables': { stdout: 'table ip kube-proxy\n' } } })
    const found = resetNode({ request, state: { controlPlanes: ['cp1', 'cp2'] } })
    expect(lossText([await lossOf(host, found, ['cp1'])])).toContain(
      '--cleanup-network removes on cp1:\n  the nftables table ip kube-proxy\n',
    )
  })
})

describe('the result of a reset', () => {
  const change = (what: string, node = 'cp1') => ({ phase: 'cleanup-node', node, kind: 'remove', what }) as const
  const report = (more: Partial<RunReport>): RunReport => {
    const none = {
      results: {},
      values: [],
      changes: [],
      steps: [],
      absent: [],
      phases: [],
      warnings: [],
      judgements: [],
    }
    return { ...none, seconds: 1, ...more }
  }
  const values = (key: string, value: string) => ({ node: 'cp1', key, value })
  const lost = { node: 'cp1', last: 'sure', forGood: ['/pki/ca.key'], network: [] } as const

  it('the result of a reset lists deleted files, the backup and files that remain', () => {
    const answer = resetResult(
      [cp1],
      [lost],
      report({
        changes: [change('/pki/ca.key')],
        values: [
          values('backup', '/b/1'),
          values('backup', '/b/1'),
          values('stays', '/etc/kubernetes/x: not of kubeadm'),
        ],
      }),
    )
    expect(answer.nodes).toEqual([
      {
        name: 'cp1',
        role: 'control-plane',
        changes: 1,
        lastControlPlane: true,
        goneForGood: ['/pki/ca.key'],
        backups: ['/b/1'],
        stays: ['/etc/kubernetes/x: not of kubeadm'],
      },
    ])
    expect(resetText(answer)).toBe(
      [
        'cp1: reset with 1 change (1 s). The kubelet is stopped and still enabled.',
        'Deleted: /pki/ca.key',
        'Backup: /b/1',
        'Not removed from cp1:',
        '  /etc/kubernetes/x: not of kubeadm',
        '',
      ].join('\n'),
    )
  })

  it('the result of a reset does not count the removal of the run log as a change', () => {
    const answer = resetResult([cp1], [lost], report({ changes: [change('/var/lib/kadm')] }))
    expect(answer.changes).toEqual([])
    expect(resetText(answer)).toBe('cp1: nothing to reset (1 s).\n')
  })

  it('the result of a reset covers each host and prints the command to remove a remaining Node', () => {
    const w1 = makeNode({ name: 'w1', role: 'worker' })
    const answer = resetResult([w1, cp1], [], report({ changes: [change('/x', 'w1')] }))
    expect(answer.nodes.map(({ name, changes }) => [name, changes])).toEqual([
      ['w1', 1],
      ['cp1', 0],
    ])
    expect(resetText(answer)).toContain('  kadm node remove w1\n')
    expect(resetText(answer)).not.toContain('kadm node remove cp1')
  })
})
