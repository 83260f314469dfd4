import { describe, expect, it } from 'vitest'
import { failure, skipped } from '../../../src/phases/preflight/check.ts'
import { machinePreflight } from '../../../src/phases/preflight/index.ts'
import { withoutCluster } from '../../../src/phases/preflight/without-cluster.ts'
import { makeCluster, makeFacts, makeNode } from '../../fixtures/cluster.ts'
import { fakeContext, fakeDiscovered, fakeMachine } from './fake-machine.ts'

const fault = failure('it is wrong', 'fix it')

describe('an unreachable cluster', () => {
  it.each([
    ['keeps the finding of a check that needs only the host', 'CRI', [fault], ['error: it is wrong']],
    ['keeps checks without findings', 'CRI', [], []],
    [
      'skips a check that depends on the configuration',
      'KubeletVersion',
      [fault],
      [/^skipped: .*configuration is not available: no answer$/],
    ],
    ['skips a check that depends on the configuration, even without findings', 'Swap', [], [/^skipped: /]],
    ['keeps a finding among the known hosts', 'DuplicateMachineID', [fault], ['error: it is wrong']],
    [
      'reports why it made no comparison',
      'DuplicateMachineID',
      [skipped('x')],
      [/^skipped: .*the Nodes of the cluster are not available: no answer$/],
    ],
  ])('preflight without an answer from the cluster %s (%#)', (_, check, findings, expected) => {
    const [verdict] = withoutCluster([{ check, findings }], 'no answer')
    expect(verdict?.findings.map(({ level, message }) => `${level}: ${message}`)).toEqual(
      expected.map(text => (typeof text === 'string' ? text : expect.stringMatching(text))),
    )
  })

  it('preflight changes no findings when the cluster answers', () => {
    expect(withoutCluster([{ check: 'Swap', findings: [fault] }], undefined)).toEqual([
      { check: 'Swap', findings: [fault] },
    ])
  })

  it('preflight without an answer from the cluster lists every check and tests the connection to it', async () => {
    const facts = makeFacts({ hostname: 'w1', defaultAddress: '10.77.0.21' })
    const node = makeNode({ name: 'w1', role: 'worker', facts })
    const tried: string[] = []
    const connect = (target: string) => {
      tried.push(target)
      return 'open' as const
    }
    const host = fakeMachine({ connect, answers: { addresses: '2: eth0    inet 10.77.0.21/24' } })
    const discovered = { ...fakeDiscovered(), unanswered: 'timed out' }
    const ctx = fakeContext({ cluster: makeCluster({ nodes: [node] }), node, host, discovered })
    await machinePreflight.run(ctx)
    const levels = new Map(ctx.notes.flatMap(note => (note.kind === 'judgement' ? [[note.check, note.level]] : [])))
    expect(tried).toContain('10.77.0.11:6443')
    expect(levels.get('CRI')).toBe('ok')
    expect(levels.get('PortReachable')).toBe('ok')
    expect(levels.get('KubeletVersion')).toBe('skipped')
    expect(levels.get('ClockSkew')).toBe('skipped')
  })
})
