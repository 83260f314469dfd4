import { describe, expect, it } from 'vitest'
import type { ClusterNode, Discovered } from '../../../src/cluster/session.ts'
import { earlierNode, isThisMachine, peersOf } from '../../../src/phases/preflight/peers.ts'
import { makeCluster, makeFacts, makeNode } from '../../fixtures/cluster.ts'
import { fakeContext, fakeDiscovered, fakeMachine } from './fake-machine.ts'

const worker = (name: string, address: string) =>
  makeNode({
    name,
    role: 'worker',
    facts: makeFacts({ hostname: name, defaultAddress: address, machineId: `id-${name}` }),
  })
const nodes = [worker('w1', '10.0.0.21'), worker('w2', '10.0.0.22')] as const
const member = (name: string, more: Partial<ClusterNode> = {}): ClusterNode => ({
  name,
  controlPlane: name.startsWith('cp'),
  addresses: [`10.0.0.1${name.at(-1)}`],
  machineId: `id-${name}`,
  ...more,
})
const sourceFacts = makeFacts({ hostname: 'CP1', defaultAddress: '10.0.0.11', machineId: 'id-cp1' })

function peers(discovered: Partial<Discovered>, led = false) {
  const run = { cluster: makeCluster({ nodes }), node: nodes[0], host: fakeMachine() }
  const ctx = fakeContext({ ...run, discovered: { ...fakeDiscovered(), ...discovered } })
  return peersOf(led ? { ...ctx, source: fakeMachine() } : ctx)
}

describe('peers', () => {
  it('the peers of a node are the other nodes of the run with the addresses that kadm uses', () => {
    expect(peers({}).map(({ name, role, address, bindPort }) => [name, role, address, bindPort])).toEqual([
      ['w2', 'worker', '10.0.0.22', undefined],
    ])
  })

  it('the peers include each Node of the cluster once, without the Node of an earlier join of this host', () => {
    const found = peers({ members: [member('cp1'), member('w1'), member('w2')] })
    expect(found.map(({ name, role, address, machineId }) => [name, role, address, machineId])).toEqual([
      ['w2', 'worker', '10.0.0.22', 'id-w2'],
      ['cp1', 'control-plane', '10.0.0.11', 'id-cp1'],
    ])
  })

  it('the peers include the facts of the control plane that the run reads from, with any case of its name', () => {
    const found = peers({ members: [member('cp1'), member('cp2')], source: sourceFacts }, true)
    expect(found.map(({ name, facts }) => [name, facts?.machineId])).toEqual([
      ['w2', 'id-w2'],
      ['cp1', 'id-cp1'],
      ['cp2', undefined],
    ])
  })

  it('the peers include the control plane of the run without permission to list Nodes', () => {
    expect(peers({ source: sourceFacts }, true).map(({ role, address }) => [role, address])).toEqual([
      ['worker', '10.0.0.22'],
      ['control-plane', '10.0.0.11'],
    ])
  })
})

describe('a Node with another name', () => {
  const here = {
    machineId: 'id',
    bootId: 'b1',
    links: [{ name: 'eth0', mtu: 1500, addresses: ['10.0.0.5', 'fd00::5'] }],
  }
  const facts = makeFacts({ hostname: 'new', defaultAddress: '10.0.0.5', ...here })
  const old = (more: Partial<ClusterNode>): ClusterNode => ({
    ...member('w7', { machineId: 'id', bootId: 'b1' }),
    ...more,
  })

  it.each<[string, boolean, Partial<ClusterNode>]>([
    ['is this host when ID, boot and address match', true, { addresses: ['10.0.0.5'] }],
    ['is this host by its second address', true, { addresses: ['fd00::5'] }],
    ['is a clone when it was booted separately', false, { bootId: 'b2', addresses: ['10.0.0.5'] }],
    ['is a container of the same host when its address is elsewhere', false, { addresses: ['10.0.0.6'] }],
    ['is this host before its reboot', true, { bootId: 'b0', addresses: ['10.0.0.5'], away: true }],
    ['is this host before it changed its address', true, { addresses: ['10.0.0.6'], away: true }],
    [
      'is a dead clone when neither boot nor address match',
      false,
      { bootId: 'b2', addresses: ['10.0.0.6'], away: true },
    ],
    ['is another host with another ID', false, { machineId: 'id2', addresses: ['10.0.0.5'] }],
  ])('a Node with another name %s', (_, expected, more) => {
    expect(isThisMachine(old(more), facts)).toBe(expected)
  })

  it('a Node of the same host under another name is not a peer', () => {
    const members = [member('cp1'), old({ addresses: ['10.0.0.5'] })]
    const node = makeNode({ name: 'new', role: 'worker', facts })
    const run = { cluster: makeCluster({ nodes: [node] }), node, host: fakeMachine() }
    const ctx = fakeContext({ ...run, discovered: { ...fakeDiscovered(), members } })
    expect(peersOf(ctx).map(({ name }) => name)).toEqual(['cp1'])
    expect(earlierNode(ctx)?.name).toBe('w7')
  })
})
