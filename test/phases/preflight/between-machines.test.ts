import { describe, expect, it } from 'vitest'
import type { MachineFacts } from '../../../src/cluster/cluster.ts'
import type { ClusterNode } from '../../../src/cluster/session.ts'
import { comparedWith, type Finding } from '../../../src/phases/preflight/check.ts'
import { judgeClocks } from '../../../src/phases/preflight/clock-skew.ts'
import { judgeMachineId, judgeProductUuid, judgeSharedHostname } from '../../../src/phases/preflight/duplicates.ts'
import { judgeMtu } from '../../../src/phases/preflight/mtu.ts'
import type { Peer } from '../../../src/phases/preflight/peers.ts'
import { makeFacts, makeNode } from '../../fixtures/cluster.ts'

const shown = (findings: readonly Finding[]) => findings.map(({ level, message }) => `${level}: ${message}`)
const node = (facts: Partial<MachineFacts>, name = 'w1') =>
  makeNode({ name, role: 'worker', facts: makeFacts({ hostname: name, ...facts }) })

function peer(name: string, facts: Partial<MachineFacts> = {}, more: Partial<Peer> = {}): Peer {
  return {
    name,
    role: 'worker',
    hostname: name,
    address: '10.77.0.11',
    facts: makeFacts({ hostname: name, ...facts }),
    ...more,
  }
}

describe('clocks', () => {
  const clock = (aheadMs: number, accuracyMs = 10) => ({ clock: { aheadMs, accuracyMs } })
  const judge = (own: number, others: readonly number[], accuracyMs = 10) =>
    shown(
      judgeClocks(
        node(clock(own, accuracyMs), 'n0'),
        others.map((ms, i) => peer(`n${i + 1}`, clock(ms, accuracyMs))),
      ),
    )

  it.each<[string, number, readonly number[], readonly string[]]>([
    ['that agree', 0, [5, -5], []],
    ['that are certainly at most a second apart', 1020, [0, 0], []],
    ['that are more than a second apart', 1500, [0, 0], ['warning: the clock is 1.5 s ahead of that of n2']],
    ['that are half a minute apart', 30_500, [0, 0], ['error: the clock is 30.5 s ahead of that of n2']],
    ['where this one is behind', -42_000, [0, 0], ['error: the clock is 42.0 s behind that of n1']],
    ['where another one is wrong', 0, [42_000, 0], []],
    ['that the other hosts do not report', 0, [], []],
  ])('ClockSkew compares clocks %s', (_, own, others, expected) => {
    expect(judge(own, others)).toEqual(expected)
  })

  it('ClockSkew subtracts the uncertainty of a slow answer', () => {
    expect(judge(1500, [0, 0], 300)).toEqual([])
  })

  it('ClockSkew reports a node whose clock differs from that of the kadm host', () => {
    expect(judge(-90_000, [-90_000])).toEqual([
      'warning: the clock is 90.0 s behind that of the host that kadm runs on',
    ])
    expect(judge(-400_000, [-400_000])).toEqual([
      'error: the clock is 400.0 s behind that of the host that kadm runs on',
    ])
  })

  it('ClockSkew ignores a host that does not report its clock', () => {
    expect(judgeClocks(node({}), [peer('n1', clock(99_000))])).toEqual([])
  })
})

describe('host names', () => {
  const member: ClusterNode = { name: 'w1', controlPlane: false, addresses: [], machineId: 'other' }
  const own = node({ machineId: 'mine' })

  it('DuplicateHostname reports an error on both hosts with the same host name', () => {
    expect(shown(judgeSharedHostname(own, [peer('w1'), peer('w2')], undefined))).toEqual([
      'error: the host name w1 is that of w1, too',
    ])
  })

  it('DuplicateHostname reports a host name that belongs to the Node of a different host', () => {
    expect(shown(judgeSharedHostname(own, [], member))).toEqual([
      'error: the cluster has a Node w1, and it is a different host',
    ])
    expect(judgeSharedHostname(own, [], { ...member, machineId: 'mine' })).toEqual([])
    expect(judgeSharedHostname(own, [], { name: 'w1', controlPlane: false, addresses: [] })).toEqual([])
  })

  it('DuplicateHostname reports a running clone of a host of the cluster', () => {
    const alive = { ...member, machineId: 'mine', bootId: 'b1', addresses: ['10.0.0.9'] }
    const links = (address: string) => [{ name: 'eth0', mtu: 1500, addresses: [address] }]
    const clone = node({ machineId: 'mine', bootId: 'b2', links: links('10.0.0.8') })
    expect(judgeSharedHostname(clone, [], alive)).toHaveLength(1)
    expect(judgeSharedHostname(clone, [], { ...alive, away: true })).toEqual([])
    expect(judgeSharedHostname(node({ ...clone.facts, bootId: 'b1' }), [], alive)).toEqual([])
    expect(judgeSharedHostname(node({ ...clone.facts, links: links('10.0.0.9') }), [], alive)).toEqual([])
  })

  it('DuplicateHostname reports two hosts of one run whatever their display names are', () => {
    const shown = makeNode({ name: '10.0.0.2', facts: makeFacts({ hostname: 'w1' }) })
    expect(
      judgeSharedHostname(shown, [peer('10.0.0.1', { hostname: 'w1' }, { hostname: 'w1', given: true })], undefined),
    ).toHaveLength(1)
  })

  it('DuplicateHostname ignores the host name of a node that joins with another name', () => {
    expect(
      judgeSharedHostname(makeNode({ name: 'other', facts: makeFacts({ hostname: 'w1' }) }), [peer('w1')], undefined),
    ).toEqual([])
  })
})

describe('machine IDs', () => {
  it('DuplicateMachineID reports an error that names the hosts with the same machine ID', () => {
    const peers = [peer('w2', {}, { machineId: 'a' }), peer('w3', {}, { machineId: 'b' }), peer('w4')]
    expect(shown(judgeMachineId(node({ machineId: 'a' }), peers))).toEqual([
      'error: /etc/machine-id is that of w2, too: a',
    ])
    expect(judgeMachineId(node({}), peers)).toEqual([])
  })

  it('DuplicateProductUUID warns of the hosts with the same product UUID', () => {
    const peers = [peer('w2', {}, { uuid: 'u' }), peer('w3', {}, { uuid: 'v' })]
    expect(shown(judgeProductUuid(node({ productUuid: 'u' }), peers))).toEqual([
      "warning: the firmware's product_uuid is that of w2, too: u",
    ])
    expect(judgeProductUuid(node({}), peers)).toEqual([])
  })
})

describe('a comparison without findings', () => {
  const compared = { what: 'product UUID', own: 'a', peers: 1, known: 1 }
  it.each<[string, Parameters<typeof comparedWith>[0], readonly string[]]>([
    ['is passed with something to compare', compared, []],
    [
      'is skipped when this is the only host',
      { ...compared, peers: 0, known: 0 },
      ['there is no other host to compare with'],
    ],
    [
      'is skipped when this host lacks the value',
      { ...compared, own: undefined },
      ['the product UUID of this host is not known'],
    ],
    [
      'is skipped when the other host lacks it',
      { ...compared, known: 0 },
      ['the product UUID of the other host is not known'],
    ],
    [
      'is skipped when all others lack it',
      { ...compared, peers: 2, known: 0 },
      ['the product UUID of the other hosts is not known'],
    ],
  ])('a comparison between hosts without findings %s', (_, given, expected) => {
    expect(comparedWith(given, []).map(({ message }) => message)).toEqual(expected)
  })
})

describe('MTU', () => {
  const links = (mtu: number) => ({ links: [{ name: 'eth0', mtu, addresses: ['10.77.0.11'] }] })
  const judge = (own: number, ...others: readonly number[]) =>
    shown(
      judgeMtu(
        node(links(own)),
        others.map((mtu, i) => peer(`w${i + 2}`, links(mtu))),
      ),
    )

  it.each<[string, readonly [number, ...number[]], readonly string[]]>([
    ['with equal MTUs', [1500, 1500], []],
    ['where this one has the smaller MTU', [1400, 1500], ['warning: eth0 has an MTU of 1400; that of w2 is 1500']],
    ['where the other one has the smaller MTU', [1500, 1400], []],
    ['where most have another MTU', [9000, 1500, 1500], ['warning: eth0 has an MTU of 9000; that of w2, w3 is 1500']],
  ])('the MTU check compares interfaces %s', (_, [own, ...others], expected) => {
    expect(judge(own, ...others)).toEqual(expected)
  })

  it('the MTU check compares only interfaces that carry node traffic', () => {
    const other = { links: [{ name: 'docker0', mtu: 1400, addresses: ['172.17.0.1'] }, ...links(1500).links] }
    expect(judgeMtu(node(other), [peer('w2', links(1500)), peer('w3')])).toEqual([])
    expect(judgeMtu(node({}), [peer('w2', links(1500))])).toEqual([])
  })

  it('the MTU check compares the interfaces with the node-ip addresses', () => {
    const two = { links: [...links(1500).links, { name: 'eth1', mtu: 9000, addresses: ['10.9.0.11'] }] }
    const own = { ...node(two), kubeletExtraArgs: [{ name: 'node-ip', value: '10.9.0.11' }] }
    expect(judgeMtu(own, [peer('w2', two, { nodeIp: '10.9.0.11' })])).toEqual([])
    expect(shown(judgeMtu(node(two), [peer('w2', two, { nodeIp: '10.9.0.11' })]))).toEqual([
      'warning: eth0 has an MTU of 1500; that of w2 is 9000',
    ])
  })
})
