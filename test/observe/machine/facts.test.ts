import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { HostReader } from '../../../src/host/host.ts'
import { parseFacts, readFacts } from '../../../src/observe/machine/facts.ts'
import { ask, parseAnswers, renderQuestions } from '../../../src/observe/machine/questions.ts'

const routes4 = [
  'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT',
  'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
].join('\n')
const zero = '0'.repeat(32)
const route6 = `${zero} 00 ${zero} 00 fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth0`
const ip = [
  '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever',
  '1: lo    inet6 ::1/128 scope host \\       valid_lft forever',
  '4: eth0@if9    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0',
  '4: eth0    inet6 fe80::1/64 scope link',
  '4: eth0    inet6 fd00::2/64 scope global nodad',
]
const links = 'eth0 4 0x1003\nlo 1 0x9\ntun0 5 0x1091\nwlan0 6 0x1002\n'

function facts(answers: Readonly<Record<string, string>>) {
  return parseFacts(name => answers[name] ?? '')
}

function network(overrides: Readonly<Record<string, string>> = {}) {
  const { defaultAddress, defaultAddress6 } = facts({
    links,
    addresses: ip.join('\n'),
    routeFile: 'yes\n',
    routes4,
    routes6: route6,
    ...overrides,
  })
  return [defaultAddress, defaultAddress6]
}

describe('the default address', () => {
  const linkLocalOnly = [
    '1: lo    inet 127.0.0.1/8 scope host lo',
    '1: lo    inet 203.0.113.7/32 scope global lo',
    '4: eth0    inet 169.254.3.4/16 scope link eth0',
  ].join('\n')
  const others =
    '5: tun0    inet 10.8.0.1 peer 10.8.0.2/32 scope global tun0\n6: wlan0    inet 10.9.0.1/24 scope global'
  it.each<[string, Record<string, string>, (string | undefined)[]]>([
    ['is that of the interface with the default route, by family', {}, ['192.0.2.2', 'fd00::2']],
    ['is absent in a family without default route', { routes6: '' }, ['192.0.2.2', undefined]],
    ['is absent without any default route', { routes4: '', routes6: '' }, [undefined, undefined]],
    [
      'ignores a default route without gateway in IPv6',
      { routes6: route6.replace(/fd0+1/, zero) },
      ['192.0.2.2', undefined],
    ],
    [
      'is that of the loopback when the interface has only link-local ones',
      { addresses: linkLocalOnly },
      ['203.0.113.7', undefined],
    ],
    ['is absent when the interface is down', { links: 'eth0 4 0x1002\nlo 1 0x9' }, [undefined, undefined]],
    [
      'is one of any interface that is up when there is no route table',
      { routeFile: '', routes4: '' },
      ['192.0.2.2', 'fd00::2'],
    ],
    [
      'is not one of a tunnel or a link that is down when there is no route table',
      { routeFile: '', addresses: others },
      [undefined, undefined],
    ],
  ])('the default address %s', (_, overrides, expected) => {
    expect(network(overrides)).toEqual(expected)
  })

  it('the default address comes from the kernel tables on a host without `ip`', () => {
    const local4 = [
      '  |-- 127.0.0.1\n     /32 host LOCAL',
      '  |-- 192.0.2.2\n     /32 host LOCAL',
      '  |-- 192.0.2.255\n     /32 link BROADCAST',
    ].join('\n')
    const local6 = 'fd000000000000000000000000000002 04 40 00 80     eth0\n'
    expect(network({ addresses: '', local4, local6 })).toEqual(['192.0.2.2', 'fd00::2'])
  })
})

describe('host facts', () => {
  it('the host facts hold proxy variables in any case, sorted, without the empty ones', () => {
    const environment = 'no_proxy=.svc\nPATH=/bin\nHTTPS_PROXY=http://p:1/?a=b\nHTTP_PROXY=\nMY_PROXY_X=1\n'
    expect(facts({ environment }).proxyEnv).toEqual([
      { name: 'HTTPS_PROXY', value: 'http://p:1/?a=b' },
      { name: 'no_proxy', value: '.svc' },
    ])
  })

  it.each([
    ['active\n', true],
    ['activating\n', true],
    ['inactive\n', false],
    ['', false],
  ])('the host facts for a systemd-resolved state of %j have systemdResolved %s', (resolved, expected) => {
    expect(facts({ resolved }).systemdResolved).toBe(expected)
  })

  it('the host facts contain the machine ID, the product UUID and the physical links', () => {
    const read = facts({
      links: 'eth0 4 0x1003 1450\nlo 1 0x9 65536\ntun0 5 0x1090 1400\n',
      addresses: ip.join('\n'),
      machineId: '0123456789abcdef\n',
      productUuid: '4C4C4544-0043\0\n',
    })
    expect([read.machineId, read.productUuid]).toEqual(['0123456789abcdef', '4c4c4544-0043'])
    expect(read.links).toEqual([{ name: 'eth0', mtu: 1450, addresses: ['192.0.2.2', 'fe80::1', 'fd00::2'] }])
    expect(facts({})).not.toHaveProperty('machineId')
  })

  it('the host facts come from one command and a look at the clock, with the sockets that answer', async () => {
    const commands: string[] = []
    const host = {
      query: async (argv: readonly string[]) => {
        commands.push(argv[0] ?? '')
        return { code: 0, stdout: '\u001ehostname\nn1\n\u001ecaDirs\n/etc/pki/tls/certs\n', stderr: '' }
      },
      connect: async (target: { readonly socket?: string }) => {
        if (target.socket?.includes('crio')) throw new Error('refused')
        return new PassThrough()
      },
    } as unknown as HostReader
    const read = await readFacts(host)
    expect(commands.sort()).toEqual(['date', 'sh'])
    expect(read.criSockets).toEqual(['unix:///var/run/containerd/containerd.sock', 'unix:///var/run/cri-dockerd.sock'])
    expect([read.hostname, read.caDirs]).toEqual(['n1', ['/etc/pki/tls/certs']])
  })
})

describe('ask', () => {
  it('ask reports a short description of the questions, not their script', async () => {
    const whats: (string | undefined)[] = []
    const query: HostReader['query'] = async (_, options) => {
      whats.push(options?.what)
      return { code: 0, stdout: '', stderr: '' }
    }
    await ask({ query } as unknown as HostReader, { a: 'true' })
    expect(whats).toEqual(['inspecting the host'])
  })

  it('ask runs its questions in order and returns the answers by name, also an empty one', () => {
    const script = renderQuestions({ a: 'exit 3', b: 'echo two' })
    expect(script.indexOf("'a'")).toBeLessThan(script.indexOf("'b'"))
    const answers = parseAnswers('\u001ea\n\u001eb\ntwo\n')
    expect([answers('a'), answers('b'), answers('c')]).toEqual(['', 'two\n', ''])
  })
})
