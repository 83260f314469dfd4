import { describe, expect, it } from 'vitest'
import type { ClusterNode } from '../../../src/cluster/session.ts'
import { nothingEarlier } from '../../../src/observe/left/earlier.ts'
import { parseNameServers, parseRoutes } from '../../../src/observe/machine/routes.ts'
import type { Finding } from '../../../src/phases/preflight/check.ts'
import { judgeFamily, judgeOwnAddress, judgeSurroundings } from '../../../src/phases/preflight/cluster-networks.ts'
import { duplicateAddress, judgeAddresses } from '../../../src/phases/preflight/duplicate-address.ts'
import type { Peer } from '../../../src/phases/preflight/peers.ts'
import { makeCluster, makeConfig, makeFacts, makeNode } from '../../fixtures/cluster.ts'
import { fakeContext, fakeDiscovered, fakeMachine } from './fake-machine.ts'

const shown = (findings: readonly Finding[]) => findings.map(({ level, message }) => `${level}: ${message}`)
const networking = (serviceSubnet: string, podSubnet?: string) =>
  makeConfig({ networking: { dnsDomain: 'cluster.local', serviceSubnet, ...(podSubnet ? { podSubnet } : {}) } })
const nat = [
  { name: 'eth0', mtu: 1500, addresses: ['10.0.2.15'] },
  { name: 'eth1', mtu: 1500, addresses: ['192.168.56.12'] },
]
const worker = (more: Partial<Parameters<typeof makeNode>[0]> = {}, links = nat) =>
  makeNode({
    name: 'w2',
    role: 'worker',
    facts: makeFacts({ hostname: 'w2', defaultAddress: links[0]?.addresses[0] ?? '', machineId: 'w2', links }),
    ...more,
  })

describe('a duplicate address', () => {
  const cp1: ClusterNode = { name: 'cp1', controlPlane: true, addresses: ['10.0.2.15'], machineId: 'cp1' }
  const peer = (address: string): Peer => ({ name: 'w1', role: 'worker', hostname: 'w1', address })
  const fault = 'error: 10.0.2.15 is an address of this host and that of'

  it.each<[string, ReturnType<typeof worker>, readonly Peer[], readonly ClusterNode[], readonly string[]]>([
    ['that of a Node of the cluster', worker(), [], [cp1], [`${fault} cp1, too: neither reaches the other there`]],
    [
      'that of another host of the run',
      worker(),
      [peer('10.0.2.15')],
      [],
      [`${fault} w1, too: neither reaches the other there`],
    ],
    [
      'that of a host that is both a Node and in the run',
      worker(),
      [{ ...peer('10.0.2.15'), name: 'cp1' }],
      [cp1],
      [`${fault} cp1, too: neither reaches the other there`],
    ],
    [
      'that of a Node that does not answer',
      worker(),
      [],
      [{ ...cp1, away: true }],
      ['warning: 10.0.2.15 is the address of the Node cp1, which is not reporting to the cluster'],
    ],
    ['only that of this host', worker(), [peer('10.0.2.16')], [{ ...cp1, addresses: ['192.168.56.11'] }], []],
    ['that of this host under its own name', worker({ name: 'cp1' }), [], [cp1], []],
    [
      'that of this host before it was renamed',
      worker({ facts: makeFacts({ machineId: 'cp1', links: nat }) }),
      [],
      [cp1],
      [],
    ],
  ])('preflight checks for an address that two hosts share: %s', (_, node, peers, members, expected) => {
    expect(shown(judgeAddresses(node, peers, members))).toEqual(expected)
  })

  it('the hint for a duplicate address names the flags for another address and the addresses of the host', () => {
    const [finding] = judgeAddresses(worker(), [], [cp1])
    expect(finding?.remedy).toMatch(/this host has 192\.168\.56\.12.*--apiserver-advertise-address.*node-ip/)
  })

  it('preflight detects the NAT address of VirtualBox on the first control plane too', async () => {
    const facts = makeFacts({ defaultAddress: '10.0.2.15', links: nat })
    const judge = async (advertiseAddress: string) => {
      const node = makeNode({ advertiseAddress, facts })
      const ctx = fakeContext({ cluster: makeCluster({ nodes: [node] }), node, host: fakeMachine() })
      const given = { ctx, facts: {} as Parameters<typeof duplicateAddress.run>[0]['facts'], earlier: nothingEarlier }
      return shown(await duplicateAddress.run(given))
    }
    expect(await judge('10.0.2.15')).toEqual([
      'warning: 10.0.2.15 is the address that VirtualBox assigns to every NAT guest',
    ])
    expect(await judge('192.168.56.12')).toEqual([])
  })

  it('preflight detects an address that two hosts of one run share', async () => {
    const nodes = [worker({ name: 'w1', facts: makeFacts({ hostname: 'w1', defaultAddress: '10.0.2.15' }) }), worker()]
    const [, node = nodes[0] as (typeof nodes)[number]] = nodes
    const ctx = fakeContext({
      cluster: makeCluster({ nodes }),
      node,
      host: fakeMachine(),
      discovered: fakeDiscovered(),
    })
    const given = { ctx, facts: {} as Parameters<typeof duplicateAddress.run>[0]['facts'], earlier: nothingEarlier }
    expect(shown(await duplicateAddress.run(given))[0]).toMatch(/that of w1, too/)
  })
})

describe('the cluster networks', () => {
  const at = (address: string) => worker({}, [{ name: 'eth0', mtu: 1500, addresses: [address] }])

  it.each<[string, ReturnType<typeof networking>, ReturnType<typeof worker>, readonly string[]]>([
    ['with the host outside', networking('10.96.0.0/12', '10.244.0.0/16'), at('192.168.1.5'), []],
    [
      'around it, for services',
      networking('192.168.0.0/16'),
      at('192.168.1.5'),
      ['error: networking.serviceSubnet: "192.168.0.0/16" contains 192.168.1.5, an address of the node'],
    ],
    [
      'around it, for pods',
      networking('10.96.0.0/12', '192.168.0.0/16'),
      at('192.168.1.5'),
      ['error: networking.podSubnet: "192.168.0.0/16" contains 192.168.1.5, an address of the node'],
    ],
    [
      'around it, in the second of two',
      networking('10.96.0.0/12', '10.244.0.0/16,fd00::/48'),
      at('fd00::5'),
      ['error: networking.podSubnet: "fd00::/48" contains fd00::5, an address of the node'],
    ],
    [
      'around its node-ip',
      networking('10.96.0.0/12', '10.9.0.0/16'),
      { ...at('192.168.1.5'), kubeletExtraArgs: [{ name: 'node-ip', value: '10.9.0.5' }] },
      ['error: networking.podSubnet: "10.9.0.0/16" contains 10.9.0.5, an address of the node'],
    ],
  ])('preflight compares the cluster networks with the host address: %s', (_, config, node, expected) => {
    expect(shown(judgeOwnAddress(config, node))).toEqual(expected)
  })

  it('preflight warns of a cluster network around a name server or route, unless the route is wider', () => {
    const routes = [
      { network: '10.100.7.0/24', link: 'vpn0' },
      { network: '10.0.0.0/8', link: 'eth0' },
      { network: 'fd00:1::/64', link: 'eth1' },
    ]
    const facts = { routes, nameServers: ['10.100.0.2', '192.168.1.1'] }
    expect(shown(judgeSurroundings(networking('10.96.0.0/12,fd00:1::/32'), facts))).toEqual([
      'warning: serviceSubnet 10.96.0.0/12 contains the name server 10.100.0.2',
      'warning: serviceSubnet 10.96.0.0/12 contains the network 10.100.7.0/24 behind vpn0',
      'warning: serviceSubnet fd00:1::/32 contains the network fd00:1::/64 behind eth1',
    ])
  })

  const both = { defaultAddress: '10.77.0.12', defaultAddress6: 'fd00::12' }
  it.each<[string, string, Parameters<typeof makeFacts>[0], string, readonly string[]]>([
    ['of the family of the kubelet', '10.96.0.0/12', { defaultAddress: '10.77.0.12' }, '', []],
    ['of both families', '10.96.0.0/12,fd00:1::/108', { defaultAddress: '10.77.0.12' }, '', []],
    [
      'of IPv6 on a host that has both',
      'fd00:1::/108',
      both,
      '',
      ['warning: the services of the cluster are IPv6, and the kubelet would take the address 10.77.0.12'],
    ],
    ['of IPv6 on a host with node-ip', 'fd00:1::/108', both, 'fd00::12', []],
    [
      'of IPv6 on a host without IPv6',
      'fd00:1::/108',
      { defaultAddress: '10.77.0.12' },
      '',
      [
        'error: the services of the cluster are IPv6, and the kubelet would take the address 10.77.0.12: this host has no IPv6 address',
      ],
    ],
  ])('preflight checks the IP family of the services: %s', (_, subnet, facts, nodeIp, expected) => {
    const args = nodeIp === '' ? [] : [{ name: 'node-ip', value: nodeIp }]
    const node = { ...worker({ kubeletExtraArgs: args }), facts: makeFacts({ ...facts, links: [] }) }
    expect(shown(judgeFamily(networking(subnet), node))).toEqual(expected)
  })
})

describe('the routes and name servers of a host', () => {
  it('the routes of a host are read from the kernel without default, link and unreachable routes', () => {
    const answers: Readonly<Record<string, string>> = {
      routes4: [
        'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
        'eth0\t00000000\t0106000A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
        'eth0\t0006000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
        'eth0\t0000FEA9\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
        '*\t0000600A\t00000000\t0200\t0\t0\t0\t0000F0FF\t0\t0\t0',
      ].join('\n'),
      routes6: [
        'fd770000000000060000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001 eth0',
        'fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001 eth0',
        '00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd770000000000060000000000000001 00000400 00000001 00000000 00000003 eth0',
        '00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001 lo',
      ].join('\n'),
    }
    expect(parseRoutes(name => answers[name] ?? '')).toEqual([
      { network: '10.0.6.0/24', link: 'eth0' },
      { network: 'fd77:0:0:6::/64', link: 'eth0' },
    ])
  })

  it('the name servers of a host exclude the host itself and duplicates', () => {
    const text =
      'search x\nnameserver 127.0.0.53\nnameserver 10.0.0.2\n# nameserver 1.1.1.1\nnameserver fe80::1%eth0\nnameserver 10.0.0.2\n'
    expect(parseNameServers(text)).toEqual(['10.0.0.2', 'fe80::1'])
  })
})
