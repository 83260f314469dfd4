import { describe, expect, it } from 'vitest'
import { isKadmError } from '../../../src/errors/kadm-error.ts'
import { readFacts } from '../../../src/observe/machine/facts.ts'
import { joinPreflight } from '../../../src/phases/preflight/index.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'
import { type FakeMachine, fakeContext, fakeDiscovered, fakeMachine } from './fake-machine.ts'

const w1: FakeMachine = { answers: { hostname: 'w1', machineId: 'a', productUuid: 'A' }, aheadMs: 0 }

const elsewhere = { addresses: '2: eth0    inet 10.77.0.12/24 scope global eth0' }

/** Two hosts that join together, the first as given: the findings on the second, by check and level. */
async function join(machine: FakeMachine, answers: Readonly<Record<string, string>>) {
  const second = { ...machine, answers: { hostname: 'w2', machineId: 'b', productUuid: 'B', ...elsewhere, ...answers } }
  const hosts = [fakeMachine(w1), fakeMachine(second)]
  const nodes = (await Promise.all(hosts.map(readFacts))).map(facts =>
    makeNode({ name: facts.hostname, role: 'worker', facts }),
  )
  const [, node = nodes[0]] = nodes
  const [, host = hosts[0]] = hosts
  if (node === undefined || host === undefined) throw new Error('there are two hosts')
  const ctx = fakeContext({ cluster: makeCluster({ nodes }), node, host, discovered: fakeDiscovered() })
  const errors = await joinPreflight.run(ctx).then(
    () => [],
    error => {
      if (!isKadmError(error, 'PREFLIGHT_FAILED')) throw error
      return error.problems.map(({ field, node }) => `error ${field} on ${node}`)
    },
  )
  const warnings = ctx.notes.flatMap(note => ('text' in note ? [`warning ${/^\[(\w+)\]/.exec(note.text)?.[1]}`] : []))
  return [...errors, ...warnings]
}

/** Faults that nodes of the lab cannot have: they share one kernel with its clock, swap, modules and firmware. */
describe('two hosts', () => {
  it.each<[string, FakeMachine, Record<string, string>, readonly string[]]>([
    ['and is suitable', { aheadMs: 0 }, {}, []],
    ['with a clock that is two seconds ahead', { aheadMs: 2000 }, {}, ['warning ClockSkew']],
    ['with a clock that is a minute behind', { aheadMs: -62_000 }, {}, ['error ClockSkew on w2', 'warning ClockSkew']],
    ['with an hour between the clocks', { aheadMs: 3_600_000 }, {}, ['error ClockSkew on w2', 'error ClockSkew on w2']],
    [
      'with the same firmware UUID in another case',
      { aheadMs: 0 },
      { productUuid: 'a' },
      ['warning DuplicateProductUUID'],
    ],
    [
      'with swap, which the kubelets of the cluster refuse',
      { aheadMs: 0 },
      { swaps: 'head\n/dev/sda2' },
      ['error Swap on w2'],
    ],
    ['with kernel options in a module', { aheadMs: 0 }, { kernelConfig: 'loadable' }, ['warning SystemVerification']],
    ['with little memory, which a worker may have', { aheadMs: 0 }, { memory: 'MemTotal: 1 kB' }, []],
    ['with a cloned disk', { aheadMs: 0 }, { machineId: 'a' }, ['error DuplicateMachineID on w2']],
  ])('preflight checks a host that joins next to another %s', async (_, machine, answers, expected) => {
    expect(await join(machine, answers)).toEqual(expected)
  })
})
