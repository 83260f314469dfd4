import { describe, expect, it } from 'vitest'
import type { ClusterNode, Discovered } from '../../../src/cluster/session.ts'
import { KadmError, type NoConnection } from '../../../src/errors/kadm-error.ts'
import { nothingEarlier } from '../../../src/observe/left/earlier.ts'
import { pathsOf, portReachable } from '../../../src/phases/preflight/port-reachable.ts'
import { apiServerManifest } from '../../fixtures/api-server-manifest.ts'
import { makeCluster, makeFacts, makeNode } from '../../fixtures/cluster.ts'
import { fakeContext, fakeDiscovered, fakeMachine } from './fake-machine.ts'

const cp = (n: number) =>
  makeNode({ name: `cp${n}`, advertiseAddress: `10.0.0.1${n}`, facts: makeFacts({ hostname: `cp${n}` }) })
const w = (n: number) =>
  makeNode({
    name: `w${n}`,
    role: 'worker',
    facts: makeFacts({ hostname: `w${n}`, defaultAddress: `10.0.0.2${n}` }),
  })
const usual = [cp(1), cp(2), w(1)]
const unconnected = (reason: NoConnection) => new KadmError('HOST_CONNECT', 'cannot connect to x', { reason })
const refused = unconnected('refused')
const noName = unconnected('no-name')
const noRoute = unconnected('no-route')

const withNodeIp = (node: ReturnType<typeof makeNode>, value: string) => ({
  ...node,
  kubeletExtraArgs: [{ name: 'node-ip', value }],
})

interface Setting {
  readonly nodes?: readonly ReturnType<typeof makeNode>[]
  readonly node?: string
  readonly external?: boolean
  readonly discovered?: Discovered
  readonly connect?: (target: string) => 'open' | Error
  readonly source?: ReturnType<typeof fakeMachine>
}

function context({ nodes = usual, node = 'cp1', external = false, discovered, connect, source }: Setting) {
  const etcd = external ? { external: { endpoints: [] } } : { local: { dataDir: '/var/lib/etcd' } }
  const cluster = makeCluster({ nodes, config: { etcd } })
  const host = fakeMachine(connect === undefined ? {} : { connect })
  const own = nodes.find(one => one.name === node) ?? cp(1)
  const ctx = fakeContext({ cluster, node: own, host, ...(discovered === undefined ? {} : { discovered }) })
  return source === undefined ? ctx : { ...ctx, source }
}

const targets = (setting: Setting) => pathsOf(context(setting)).map(({ to, port }) => `${to}:${port}`)

describe('the connections between nodes', () => {
  it('a control plane checks the API server, etcd and kubelet of its peers and the kubelets of workers', () => {
    expect(targets({ node: 'cp1' })).toEqual(['cp2:6443', 'cp2:2379', 'cp2:2380', 'cp2:10250', 'w1:10250'])
  })

  it('the port check skips etcd when it is external', () => {
    expect(targets({ node: 'cp1', external: true })).toEqual(['cp2:6443', 'cp2:10250', 'w1:10250'])
  })

  it('a worker checks the API server of each control plane', () => {
    expect(targets({ node: 'w1' })).toEqual(['cp1:6443', 'cp2:6443'])
  })

  it('a joining node checks the endpoint, the Nodes and the path back from the control plane', () => {
    const cp9: ClusterNode = { name: 'cp9', controlPlane: true, addresses: ['10.0.0.19'] }
    const discovered = { ...fakeDiscovered(), members: [cp9], source: makeFacts({ hostname: 'cp9' }) }
    const found = pathsOf(context({ node: 'cp2', discovered, source: fakeMachine() }))
    expect(found.map(({ to, address, port }) => `${to} ${address}:${port}`)).toEqual([
      'the cluster 10.77.0.11:6443',
      ...['cp1 10.0.0.11:6443', 'cp1 10.0.0.11:2379', 'cp1 10.0.0.11:2380', 'cp1 10.0.0.11:10250'],
      'w1 10.0.0.21:10250',
      ...['cp9 10.0.0.19:2379', 'cp9 10.0.0.19:2380', 'cp9 10.0.0.19:10250'],
      ...['cp2 10.0.0.12:6443', 'cp2 10.0.0.12:2379', 'cp2 10.0.0.12:2380', 'cp2 10.0.0.12:10250'],
    ])
  })
})

describe('the address of a kubelet', () => {
  const led = { discovered: { ...fakeDiscovered(), source: makeFacts({ hostname: 'cp9' }) }, source: fakeMachine() }
  const addresses = (setting: Setting) =>
    pathsOf(context({ external: true, ...setting })).map(({ to, address, port }) => `${to} ${address}:${port}`)

  it('the port check uses the node-ip of the kubelet, but the advertised address of the API server and etcd', () => {
    const nodes = [cp(1), withNodeIp(cp(2), '10.9.0.12'), withNodeIp(w(1), '10.9.0.21,fd00::21')]
    expect(addresses({ nodes })).toEqual(['cp2 10.0.0.12:6443', 'cp2 10.9.0.12:10250', 'w1 10.9.0.21:10250'])
  })

  it('the port check uses the node-ip on the path back from the control plane too', () => {
    const nodes = [cp(1), withNodeIp(w(1), '10.9.0.21')]
    expect(addresses({ nodes, node: 'w1', ...led })).toContain('w1 10.9.0.21:10250')
    expect(addresses({ nodes: [withNodeIp(cp(1), '10.9.0.11')], ...led })).toEqual(
      expect.arrayContaining(['cp1 10.0.0.11:6443', 'cp1 10.9.0.11:10250']),
    )
  })

  it.each(['0.0.0.0', '::', ''])('the port check uses the default address of the kubelet when node-ip is %j', value => {
    expect(addresses({ nodes: [cp(1), withNodeIp(w(1), value)] })).toEqual(['w1 10.0.0.21:10250'])
  })
})

describe('a port of another node', () => {
  const judge = async (setting: Setting) => {
    const facts = {} as Parameters<typeof portReachable.run>[0]['facts']
    const found = await portReachable.run({ ctx: context(setting), facts, earlier: nothingEarlier })
    return found.map(({ level, message, remedy }) => [level, message, remedy])
  }

  it.each([
    ['that answers', () => 'open' as const],
    ['where nothing listens yet', () => refused],
  ])('the port check passes for a port %s', async (_, connect) => {
    expect(await judge({ node: 'w1', connect })).toEqual([])
  })

  it('the port check reports an unreachable port with both hosts and the port number', async () => {
    const connect = (target: string) => (target === '10.0.0.12:6443' ? noRoute : ('open' as const))
    expect(await judge({ node: 'w1', connect })).toEqual([
      [
        'error',
        'cannot reach 10.0.0.12:6443 (cp2) from w1: no route to the host',
        'open TCP port 6443 in the firewalls between w1 and cp2, and check the route',
      ],
    ])
  })

  it('the port check fails when the API server to join refuses the connection', async () => {
    const connect = () => refused
    const found = await judge({ node: 'w1', discovered: fakeDiscovered(), connect })
    expect(found.map(([level, message]) => [level, message])).toEqual([
      ['error', 'cannot reach 10.77.0.11:6443 (the cluster) from w1: connection refused'],
    ])
  })

  it('the port check reports a failed name lookup without a firewall hint, even if the API server answers', async () => {
    const server = 'https://lb.example:6443'
    const discovered = { ...fakeDiscovered(), server, source: makeFacts({ hostname: 'cp9' }) }
    const source = fakeMachine({ files: apiServerManifest('10.0.0.19', 7443) })
    const connect = (target: string) => (target === 'lb.example:6443' ? noName : ('open' as const))
    expect(await judge({ node: 'w1', discovered, source, connect })).toEqual([
      [
        'error',
        'cannot reach lb.example:6443 (the cluster) from w1: its name cannot be resolved',
        'see that w1 can look up lb.example: by its DNS settings, or in /etc/hosts',
      ],
    ])
  })

  it('the port check treats an aggregate ECONNREFUSED error as reachable', async () => {
    const cause = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' })
    const all = new KadmError('HOST_CONNECT', 'cannot connect to x on this host: ', { cause })
    expect(await judge({ node: 'w1', connect: () => all })).toEqual([])
  })

  it('the port check reports the load balancer when the API server behind it answers', async () => {
    const discovered = { ...fakeDiscovered(), source: makeFacts({ hostname: 'cp9' }) }
    const files = apiServerManifest('10.0.0.19', 7443)
    const source = fakeMachine({ files, connect: target => (target === '10.0.0.19:7443' ? 'open' : refused) })
    const found = await judge({ node: 'w1', discovered, source, connect: () => refused })
    expect(found).toEqual([
      [
        'error',
        'cannot reach 10.77.0.11:6443 (the cluster) from w1: connection refused',
        'the API server behind it answers at 10.0.0.19:7443: check the load balancer or the DNS name',
      ],
    ])
  })

  it('the port check only warns of an unreachable Node that is not ready, which does not prevent joins', async () => {
    const cp9: ClusterNode = { name: 'cp9', controlPlane: true, addresses: ['10.0.0.19'], away: true }
    const discovered = { ...fakeDiscovered(), members: [cp9] }
    const found = await judge({
      node: 'cp2',
      discovered,
      connect: to => (to.startsWith('10.0.0.19:') ? noRoute : 'open'),
    })
    expect(new Set(found.map(([level]) => level))).toEqual(new Set(['warning']))
    expect(found[0]?.[2]).toContain('kadm node remove cp9')
  })

  it('the port check ends the run when sshd forbids the connection test', async () => {
    const forbidden = new KadmError('HOST_CHANNEL', 'sshd does not connect to ports: AllowTcpForwarding no')
    await expect(judge({ node: 'w1', connect: () => forbidden })).rejects.toBe(forbidden)
  })
})
