import { describe, expect, it } from 'vitest'
import type { Note } from '../../../src/phases/phase.ts'
import { machineChecks, machinePreflight } from '../../../src/phases/preflight/machine-preflight.ts'
import { makeCluster, makeFacts, makeNode } from '../../fixtures/cluster.ts'
import { type FakeMachine, fakeContext, fakeMachine } from './fake-machine.ts'

const cluster = makeCluster()
const worker = makeNode({
  name: 'w1',
  role: 'worker',
  advertiseAddress: '',
  bindPort: 0,
  facts: makeFacts({ hostname: 'w1' }),
})

async function judgements(machine: FakeMachine, node = worker) {
  const ctx = fakeContext({ cluster, node, host: fakeMachine(machine) })
  await machinePreflight.run(ctx)
  return ctx.notes.flatMap((note: Note) => (note.kind === 'judgement' ? [note] : []))
}

describe('a look at a machine', () => {
  it('tells every check by name, also those that find nothing', async () => {
    const found = await judgements({})
    const names = ['IsPrivilegedUser', ...machineChecks(cluster, worker).map(({ name }) => name)]
    expect(found.map(({ check }) => check)).toEqual(names)
    expect(new Set(found.map(({ level }) => level))).toEqual(new Set(['ok']))
  })

  it('tells faults with message and remedy, and fails for none', async () => {
    const found = await judgements({ answers: { programs: 'losetup\nmount\nsystemctl', swaps: 'head\n/dev/sda2' } })
    expect(found.filter(({ level }) => level !== 'ok')).toMatchObject([
      { check: 'Swap', level: 'warning', message: expect.stringContaining('swap is supported') },
      { check: 'FileExisting-cp', level: 'error', remedy: expect.stringContaining('install') },
    ])
  })

  it('tells errors that are passed over as such', async () => {
    const node = { ...worker, ignorePreflightErrors: ['fileexisting-cp'] }
    const found = await judgements({ answers: { programs: 'losetup\nmount\nsystemctl' } }, node)
    expect(found.filter(({ level }) => level !== 'ok')).toMatchObject([{ check: 'FileExisting-cp', level: 'ignored' }])
  })

  it('ends with the user when that is not root', async () => {
    expect(await judgements({ answers: { uid: '1000' } })).toMatchObject([
      { check: 'IsPrivilegedUser', level: 'error' },
    ])
  })

  it('asks a control plane for its ports and the disk of etcd, a worker for neither', () => {
    const names = (node: typeof worker) => machineChecks(cluster, node).map(({ name }) => name)
    expect(names(makeNode())).toEqual(expect.arrayContaining(['NumCPU', 'Port-2379', 'EtcdDiskLatency', 'ClockSkew']))
    expect(names(worker).filter(name => /^(NumCPU|Port-2379|EtcdDiskLatency)$/.test(name))).toEqual([])
    expect(names(worker)).toContain('FileContent--proc-sys-net-ipv4-ip_forward')
  })
})
