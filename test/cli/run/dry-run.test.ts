import { describe, expect, it } from 'vitest'
import { dryRunAnswer } from '../../../src/cli/run/dry-run.ts'
import type { RunReport } from '../../../src/cli/run/run-plan.ts'
import type { Node } from '../../../src/cluster/cluster.ts'
import { secret } from '../../../src/cluster/secret.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import type { Change, Step } from '../../../src/pipeline/events.ts'
import { makeNode } from '../../fixtures/cluster.ts'
import { phase, plan, stage } from '../../pipeline/steps.ts'

const node = makeNode()
const certsCa = { ...phase('certs/ca'), title: 'Make ca.crt' }
const [step] = plan([stage([certsCa], [node])]).steps as [Step]
const file: Change = { kind: 'file', on: 'cp1', what: '/pki/ca.key', mode: 0o600, after: secret('hunter2') }
const kinds = ['dir', 'remove', 'exec', 'object', 'image', 'member'] as const

function report(changes: readonly Change[], more: Partial<RunReport> = {}): RunReport {
  const steps = changes.length === 0 ? [] : [{ step, changes }]
  return {
    results: {},
    values: [],
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

const answer = (
  given: RunReport,
  output: 'text' | 'json' = 'text',
  nodes: readonly Node[] = [node],
  host = fakeHost(),
  more: Parameters<typeof dryRunAnswer>[3] = {},
) => dryRunAnswer(given, new Map(nodes.map(one => [one, host])), output, more)
const lastLine = async (given: RunReport) => (await answer(given)).trimEnd().split('\n').at(-1)

describe('the report of a dry run', () => {
  it('a dry run ends with a summary of its changes and the note that nothing was changed', async () => {
    expect(await lastLine(report([file]))).toBe('Dry run: nothing was changed. The run would write 1 file.')
  })

  it('the summary of a dry run has a number and a noun for each kind of change', async () => {
    const one = kinds.map((kind): Change => ({ kind, on: 'cp1', what: 'x', before: 'a', after: 'b' }))
    expect(await lastLine(report([...one, file, file, ...one, ...one]))).toBe(
      'Dry run: nothing was changed. The run would make 3 directories, remove 3 paths, run 3 commands, ' +
        "write 3 objects, pull 3 images, make 3 changes of etcd's members, write 2 files.",
    )
    expect(await lastLine(report(one))).toContain('make 1 directory, remove 1 path, run 1 command')
  })

  it('a dry run reports that there is nothing to change', async () => {
    expect(await answer(report([]))).toBe('Dry run: nothing to change.\n')
  })

  it('a dry run names a server that does not answer and warns that objects are shown as new', async () => {
    const text = await answer(report([], { absent: ['https://cp1:6443'] }))
    expect(text).toContain('Nothing answers at https://cp1:6443: all cluster objects are shown as new.\n')
  })

  it('the JSON of a dry run contains the texts of each change without secrets', async () => {
    const text = await answer(report([file], { warnings: ['w'] }), 'json')
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
      assumed: [],
      stays: [],
      phases: [],
      warnings: ['w'],
      seconds: 1,
    })
    expect(text).not.toContain('hunter2')
  })

  it('a dry run of reset lists the files in a removed directory and what it does not remove', async () => {
    const find = 'find /etc/k /etc/f -xdev -mindepth 1 ! -type d -print0'
    const host = fakeHost({ commands: { [find]: { stdout: '/etc/k/b\0/etc/k/a\0', code: 1 } } })
    const removals = ['/etc/k', '/etc/f'].map((what): Change => ({ kind: 'remove', on: 'cp1', what }))
    const values = [{ node: 'cp1', key: 'stays', value: '/etc/cni/net.d/x: why' }]
    const text = await answer(report(removals, { values }), 'text', [node], host)
    expect(text).toContain('would remove /etc/k\n-/etc/k/a\n-/etc/k/b\n\nwould remove /etc/f\n\n')
    expect(text).toContain('\nwould not be removed from cp1: /etc/cni/net.d/x: why\nDry run: ')
  })

  it('a failed dry run shows the changes before the failure, and its JSON contains the error', async () => {
    const failure = { error: new KadmError('CRI_FAILED', 'no runtime', { hint: 'start it' }) }
    const text = await answer(report([file]), 'text', [node], fakeHost(), { failure })
    expect(text).toContain('+++ /pki/ca.key (0600)\n')
    expect(text).toMatch(
      /\nDry run: nothing was changed\. The run would write 1 file, and then fail with the error above\.\n$/,
    )
    expect(JSON.parse(await answer(report([file]), 'json', [node], fakeHost(), { failure }))).toMatchObject({
      changes: [{ what: '/pki/ca.key' }],
      error: { code: 'CRI_FAILED', message: 'no runtime', hint: 'start it', exitCode: 1 },
    })
    expect(await answer(report([]), 'text', [node], fakeHost(), { failure })).toBe('')
  })

  it('a dry run prints its assumptions first when the cluster does not answer', async () => {
    const absent = ['https://cp1:6443']
    const text = await answer(report([file], { absent }), 'text', [node], fakeHost(), {
      assumed: ['its CA', 'its age'],
    })
    const head = 'Nothing answers at https://cp1:6443. The dry run assumes this cluster data:\n  its CA\n  its age\n\n['
    expect(text.slice(0, head.length)).toBe(head)
    expect(text).not.toContain('shown as new')
  })

  it('a dry run prints the node of each step when there are several nodes', async () => {
    expect(await answer(report([file]), 'text', [node, makeNode({ name: 'cp2' })])).toContain(
      '[cp1 certs/ca] Make ca.crt\n',
    )
  })
})
