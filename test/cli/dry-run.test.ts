import { describe, expect, it } from 'vitest'
import { dryRunAnswer } from '../../src/cli/dry-run.ts'
import type { RunReport } from '../../src/cli/run-plan.ts'
import type { Node } from '../../src/cluster/cluster.ts'
import { secret } from '../../src/cluster/secret.ts'
import type { Change, Step } from '../../src/pipeline/events.ts'
import { makeNode } from '../fixtures/cluster.ts'

const node = makeNode()
const step: Step = { stage: 'init', phase: { id: 'certs/ca', title: 'Make ca.crt', run: async () => {} }, node }
const file: Change = { kind: 'file', on: 'cp1', what: '/pki/ca.key', mode: 0o600, after: secret('hunter2') }
const kinds = ['dir', 'remove', 'exec', 'object', 'image', 'member'] as const

function report(changes: readonly Change[], more: Partial<RunReport> = {}): RunReport {
  const steps = changes.length === 0 ? [] : [{ step, changes }]
  return {
    results: {},
    told: [],
    changes: [],
    steps,
    absent: [],
    phases: [],
    warnings: [],
    judgements: [],
    seconds: 1,
    ...more,
  }
}

const answer = (given: RunReport, output: 'text' | 'json' = 'text', nodes: readonly Node[] = [node]) =>
  dryRunAnswer(given, nodes, output)

describe('the answer of a dry run', () => {
  it('ends with what the run would do, and that nothing was done', () => {
    const last = answer(report([file]))
      .trimEnd()
      .split('\n')
      .at(-1)
    expect(last).toBe('Dry run: nothing was changed. The run would write 1 file.')
  })

  it('counts each kind in words', () => {
    const one = kinds.map((kind): Change => ({ kind, on: 'cp1', what: 'x', before: 'a', after: 'b' }))
    const words = answer(report([...one, file, file, ...one, ...one]))
      .trimEnd()
      .split('\n')
      .at(-1)
    expect(words).toBe(
      'Dry run: nothing was changed. The run would make 3 directories, remove 3 paths, run 3 commands, ' +
        "write 3 objects, pull 3 images, make 3 changes of etcd's members, write 2 files.",
    )
    expect(answer(report(one)).trimEnd().split('\n').at(-1)).toContain('make 1 directory, remove 1 path, run 1 command')
  })

  it('says that there is nothing to do', () => {
    expect(answer(report([]))).toBe('Dry run: everything is as it should be; the run would change nothing.\n')
  })

  it('says which server did not answer, so that its objects may not be new', () => {
    const text = answer(report([], { absent: ['https://cp1:6443'] }))
    expect(text).toContain('Nothing answers at https://cp1:6443 yet: the objects of the cluster are shown as new.\n')
  })

  it('gives programs the same with both texts, and no secret', () => {
    const text = answer(report([file], { warnings: ['w'] }), 'json')
    expect(JSON.parse(text)).toEqual({
      dryRun: true,
      nodes: [{ name: 'cp1', role: 'control-plane' }],
      changes: [
        {
          phase: 'certs/ca',
          node: 'cp1',
          kind: 'file',
          what: '/pki/ca.key',
          mode: '0600',
          after: '[secret, 7 bytes]\n',
        },
      ],
      summary: { file: 1 },
      unansweredServers: [],
      phases: [],
      warnings: ['w'],
      seconds: 1,
    })
    expect(text).not.toContain('hunter2')
  })

  it('names the node of each step when there are several', () => {
    expect(answer(report([file]), 'text', [node, makeNode({ name: 'cp2' })])).toContain('[cp1 certs/ca] Make ca.crt\n')
  })
})
