import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/cluster/json.ts'
import type { Patch, PatchTarget } from '../../../src/cluster/patch.ts'
import type { Arg } from '../../../src/cluster/spec.ts'
import { nothingEarlier } from '../../../src/observe/left/earlier.ts'
import { listensOf } from '../../../src/observe/machine/listens.ts'
import { parseNodeFacts } from '../../../src/phases/preflight/node-facts.ts'
import { extraPorts, judgePorts, port } from '../../../src/phases/preflight/ports.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'
import { fakeContext, fakeMachine } from './fake-machine.ts'

interface Wish {
  readonly apiServer?: readonly Arg[]
  readonly scheduler?: readonly Arg[]
  readonly controllerManager?: readonly Arg[]
  readonly etcd?: readonly Arg[]
  readonly kubelet?: JsonObject
  readonly kubeletArgs?: readonly Arg[]
  readonly patches?: readonly Patch[]
  readonly address?: string
  readonly external?: true
}

const arg = (name: string, value: string): Arg => ({ name, value })
const command = (target: PatchTarget, ...words: readonly string[]): Patch => ({
  target,
  type: 'strategic',
  file: `${target}.yaml`,
  line: 1,
  body: { spec: { containers: [{ name: target, command: [target, ...words] }] } },
})

function asked(wish: Wish) {
  const { apiServer = [], scheduler = [], controllerManager = [], etcd = [], patches = [], kubelet = {} } = wish
  const local = { local: { dataDir: '/var/lib/etcd', extraArgs: etcd } }
  const cluster = makeCluster({
    config: {
      apiServer: { extraArgs: apiServer },
      scheduler: { extraArgs: scheduler },
      controllerManager: { extraArgs: controllerManager },
      etcd: wish.external ? { external: { endpoints: ['https://10.0.0.9:2379'] } } : local,
    },
    kubelet: { generated: false, tree: kubelet },
    patches,
  })
  const node = makeNode({ advertiseAddress: wish.address ?? '10.77.0.11', kubeletExtraArgs: wish.kubeletArgs ?? [] })
  return { cluster, node }
}

/** `6443 at *`, of one component. */
function listens(component: string, wish: Wish): readonly string[] {
  const { cluster, node } = asked(wish)
  const found = listensOf(cluster, node).filter(one => one.component === component)
  return found.map(({ port, address = '*' }) => `${port} at ${address}`)
}

describe('the component ports', () => {
  it.each<[string, string, Wish, readonly string[]]>([
    ['the API server by default', 'kube-apiserver', {}, ['6443 at *']],
    [
      'an API server that advertises another address',
      'kube-apiserver',
      { apiServer: [arg('advertise-address', '203.0.113.7')] },
      ['6443 at *'],
    ],
    [
      'an API server that is bound to an address',
      'kube-apiserver',
      { apiServer: [arg('bind-address', '10.77.0.11')] },
      ['6443 at 10.77.0.11'],
    ],
    ['an API server on another port', 'kube-apiserver', { apiServer: [arg('secure-port', '8443')] }, ['8443 at *']],
    [
      'the last of two arguments',
      'kube-apiserver',
      { apiServer: [arg('secure-port', '1'), arg('secure-port', '2')] },
      ['2 at *'],
    ],
    [
      'an API server with a patched port',
      'kube-apiserver',
      { patches: [command('kube-apiserver', '--secure-port=9443')] },
      ['9443 at *'],
    ],
    ['the scheduler by default', 'kube-scheduler', {}, ['10259 at 127.0.0.1']],
    [
      'the scheduler with arguments',
      'kube-scheduler',
      { scheduler: [arg('bind-address', '0.0.0.0'), arg('secure-port', '10300')] },
      ['10300 at 0.0.0.0'],
    ],
    ['the scheduler without a port', 'kube-scheduler', { scheduler: [arg('secure-port', '0')] }, []],
    [
      'the controller manager',
      'kube-controller-manager',
      { controllerManager: [arg('bind-address', '::')] },
      ['10257 at ::'],
    ],
    [
      'etcd by default',
      'etcd',
      {},
      ['2379 at 127.0.0.1', '2379 at 10.77.0.11', '2380 at 10.77.0.11', '2381 at 127.0.0.1'],
    ],
    [
      'etcd beside an API server that advertises another address',
      'etcd',
      { apiServer: [arg('advertise-address', '203.0.113.7')] },
      ['2379 at 127.0.0.1', '2379 at 10.77.0.11', '2380 at 10.77.0.11', '2381 at 127.0.0.1'],
    ],
    [
      'etcd with arguments',
      'etcd',
      {
        etcd: [
          arg('listen-client-urls', 'https://0.0.0.0:2379'),
          arg('listen-peer-urls', 'https://10.9.0.1:2390'),
          arg('listen-metrics-urls', 'http://0.0.0.0:2391'),
        ],
      },
      ['2379 at 0.0.0.0', '2390 at 10.9.0.1', '2391 at 0.0.0.0'],
    ],
    [
      'etcd with IPv6',
      'etcd',
      { address: 'fd00::1' },
      ['2379 at ::1', '2379 at fd00::1', '2380 at fd00::1', '2381 at ::1'],
    ],
    [
      'etcd at a socket',
      'etcd',
      { etcd: [arg('listen-client-urls', 'unix:///run/etcd.sock,https://localhost:2379')] },
      ['2379 at 127.0.0.1', '2380 at 10.77.0.11', '2381 at 127.0.0.1'],
    ],
    ['an external etcd', 'etcd', { external: true }, []],
    ['the kubelet by default', 'kubelet', {}, ['10250 at *', '10248 at 127.0.0.1']],
    [
      'the kubelet that is configured',
      'kubelet',
      { kubelet: { port: 10350, healthzPort: 0, address: '10.77.0.11', readOnlyPort: 10255 } },
      ['10350 at 10.77.0.11', '10255 at 10.77.0.11'],
    ],
    [
      'the kubelet with arguments',
      'kubelet',
      { kubeletArgs: [arg('port', '10351'), arg('healthz-port', '10349')] },
      ['10351 at *', '10349 at 127.0.0.1'],
    ],
    [
      'the kubelet that a patch has moved',
      'kubelet',
      {
        patches: [{ target: 'kubeletconfiguration', type: 'merge', file: 'k', line: 1, body: { healthzPort: 10448 } }],
      },
      ['10250 at *', '10448 at 127.0.0.1'],
    ],
  ])('the component ports are read from the configuration: %s', (_, component, wish, expected) => {
    expect(listens(component, wish)).toEqual(expected)
  })

  it('the component ports of a worker are those of the kubelet', () => {
    expect(new Set(listensOf(makeCluster(), makeNode({ role: 'worker' })).map(one => one.component))).toEqual(
      new Set(['kubelet']),
    )
  })
})

/** What the check of a port finds while these sockets listen: `0100007F:0940`. */
async function found(number: number, wish: Wish, ...sockets: readonly string[]) {
  const { cluster, node } = asked(wish)
  const tcp = sockets.map((socket, i) => `   ${i}: ${socket} 00000000:0000 0A 00000000:00000000`).join('\n')
  const answers: Readonly<Record<string, string>> = {
    listeners: tcp,
    links: 'lo 1 0x9 65536\neth0 2 0x1003 1500',
    addresses: '1: lo    inet 127.0.0.1/8\n2: eth0    inet 10.77.0.11/24',
  }
  const facts = {
    ...parseNodeFacts(name => answers[name] ?? ''),
    kubelet: { version: '1.37.2' },
    lookup: 'found',
  } as const
  const ctx = fakeContext({ cluster, node, host: fakeMachine() })
  const check = [port(number), ...extraPorts(cluster, node)].find(one => one.name === `Port-${number}`)
  const findings = (await check?.run({ ctx, facts, earlier: nothingEarlier })) ?? []
  return findings.map(({ level, message }) => `${level}: ${message}`)
}

describe('a port', () => {
  it.each<[string, number, Wish, readonly string[], readonly string[]]>([
    [
      'of etcd when the API server advertises another address',
      2379,
      { apiServer: [arg('advertise-address', '203.0.113.7')] },
      [],
      [],
    ],
    [
      'of etcd at an address that the host lacks',
      2379,
      { address: '203.0.113.7' },
      [],
      ['error: Port 2379 cannot be used at 203.0.113.7: no interface has this address'],
    ],
    ['of etcd that is held at the loopback address', 2379, {}, ['0100007F:094B'], ['error: Port 2379 is in use']],
    ['of metrics that is held', 2381, {}, ['0100007F:094D'], ['error: Port 2381 is in use']],
    [
      'of metrics at a configured address',
      2391,
      { etcd: [arg('listen-metrics-urls', 'http://0.0.0.0:2391')] },
      ['0B004D0A:0957'],
      ['error: Port 2391 is in use'],
    ],
    [
      'that the scheduler no longer uses',
      10259,
      { scheduler: [arg('secure-port', '10300')] },
      ['0100007F:2813'],
      ['skipped: kube-scheduler does not listen on port 10259, but at 127.0.0.1:10300'],
    ],
    [
      'to which the scheduler has moved',
      10300,
      { scheduler: [arg('secure-port', '10300')] },
      ['0100007F:283C'],
      ['error: Port 10300 is in use'],
    ],
    ['of the kubelet’s health that is held', 10248, {}, ['00000000:2808'], ['error: Port 10248 is in use']],
    [
      'that two components want',
      10257,
      { scheduler: [arg('secure-port', '10257')] },
      [],
      ['error: kube-controller-manager and kube-scheduler would both listen on port 10257'],
    ],
    [
      'that two components share at different addresses',
      10257,
      { scheduler: [arg('secure-port', '10257'), arg('bind-address', '10.77.0.11')] },
      [],
      [],
    ],
  ])('the port check handles a port %s (%d)', async (_, number, wish, sockets, expected) => {
    expect(await found(number, wish, ...sockets)).toEqual(expected)
  })

  it('the port check reports a port of one component at several addresses once', () => {
    const facts = { listeners: [{ address: '::', port: 2379 }], addresses: [], settings: new Map<string, string>() }
    const both = ['127.0.0.1', '10.77.0.11'].map(address => ({ component: 'etcd', port: 2379, address }))
    expect(judgePorts(facts, both)).toHaveLength(1)
  })
})
