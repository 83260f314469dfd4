import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { duplexPair } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { CriContainer } from '../../src/clients/cri/cri.ts'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import { type FakeEtcd, fakeEtcd, fakeMember } from '../../src/clients/etcd/fake.ts'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { removeEtcdMember } from '../../src/phases/remove-etcd-member/index.ts'
import { makeNode, makeRequest } from '../fixtures/cluster.ts'
import { etcdProcess, type FakeProcess, processAnswers } from '../fixtures/processes.ts'
import { type OnePhase, quickCluster, runPhase } from './run-phase.ts'

const manifest = readFileSync(new URL('../fixtures/static-pods/ipv6/etcd.yaml', import.meta.url), 'utf8')
const etcdYaml = manifest.replaceAll('[fd00:77::11]', '10.77.0.11')
const own = (more = {}) => fakeMember('1', 'cp1', '10.77.0.11', more)
const other = (n: number) => fakeMember(String(n), `cp${n}`, `10.77.0.1${n}`)

const [ownUrl, otherUrl] = ['https://10.77.0.11:2379', 'https://10.77.0.12:2379']

/** A request with short timeouts for etcd. */
const hasty = { timeouts: { ...makeRequest().timeouts, etcdAPICall: 60 } }

/** cp1 with its etcd manifest and processes; its addresses as in the output of `ip`. */
function cp1(
  files: Readonly<Record<string, string>> = { '/etc/kubernetes/manifests/etcd.yaml': etcdYaml },
  processes: readonly FakeProcess[] = [],
  own: readonly string[] = ['10.77.0.11'],
): FakeHost {
  const addresses = own.map(address => `2: eth0    inet ${address}/24 scope global eth0\n`).join('')
  const stdout = `\u001elinks\neth0 2 0x1003 1500\n\u001eaddresses\n${addresses}${processAnswers(processes)}`
  return fakeHost({
    files,
    commands: ({ argv }) => {
      if (argv.includes('/var/lib/etcd') && argv[0] === 'sh') return { stdout: 'none\n' }
      return argv[0] === 'sh' ? { stdout } : undefined
    },
  })
}

const run = (etcd: FakeEtcd, host = cp1(), more: Pick<OnePhase, 'cluster' | 'request'> = {}) =>
  runPhase(removeEtcdMember, { etcd, host, ...more })
const members = async (outcome: Promise<{ readonly changes: readonly string[] }>) =>
  (await outcome).changes.filter(change => change.startsWith('member'))

describe('the member of this host', () => {
  it('reset removes the etcd member when the others keep a quorum', async () => {
    const etcd = fakeEtcd({ members: [own(), other(2), other(3)] })
    expect(await members(run(etcd))).toEqual(['member etcd member https://10.77.0.11:2380'])
    expect((await etcd.members()).map(({ name }) => name)).toEqual(['cp2', 'cp3'])
  })

  it('reset removes the etcd member under the membership lock and releases the lock', async () => {
    const kube = fakeKube()
    const holder = async () => {
      const [lease] = await kube.list({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' })
      return (lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity
    }
    const etcd = fakeEtcd({ members: [own(), other(2), other(3)] })
    const seen: unknown[] = []
    const remove = async (id: string) => {
      seen.push(await holder())
      return etcd.remove(id)
    }
    await runPhase(removeEtcdMember, { etcd: { ...etcd, remove }, kube, host: cp1() })
    expect([...seen, await holder()]).toEqual(['test/cp1', undefined])
  })

  it.each([
    ['answers', new KadmError('API_UNREACHABLE', 'connection refused')],
    ['accepts the host as an administrator', new KadmError('API_REFUSED', 'leases is forbidden', { status: 403 })],
    ['accepts admin.conf', new KadmError('API_REFUSED', 'Unauthorized', { status: 401 })],
  ])('reset removes the etcd member without the membership lock when no API server %s', async (_, error) => {
    const kube = fakeKube({ fail: () => error })
    const etcd = fakeEtcd({ members: [own(), other(2), other(3)] })
    const { changes, progress } = await runPhase(removeEtcdMember, { etcd, kube, host: cp1() })
    expect(changes).toEqual(['member etcd member https://10.77.0.11:2380'])
    expect(progress).toEqual([expect.stringContaining(error.message)])
  })

  it('reset waits for the membership lock when the API server fails briefly', async () => {
    let faults = 2
    const fault = new KadmError('API_REFUSED', 'etcdserver: leader changed', { status: 500 })
    const kube = fakeKube({ fail: () => (faults-- > 0 ? fault : undefined) })
    const etcd = fakeEtcd({ members: [own(), other(2), other(3)] })
    const { progress } = await runPhase(removeEtcdMember, { etcd, kube, host: cp1() })
    expect(progress).toEqual([])
    expect(kube.calls.some(({ verb }) => verb === 'create')).toBe(true)
  })

  it('reset keeps the etcd member and the host when the other members would have no quorum', async () => {
    const etcd = fakeEtcd({ members: [own(), other(2), other(3)], down: ['https://10.77.0.13:2379'] })
    await expect(run(etcd)).rejects.toMatchObject({
      code: 'ETCD_REFUSED',
      message: expect.stringContaining('cp2 (healthy), cp3 (connection refused)'),
    })
    expect(etcd.calls.filter(call => call.startsWith('remove'))).toEqual([])
  })

  it.each([
    ['a learner', own({ learner: true })],
    ['not started', own({ name: '', clientUrls: [], learner: true })],
  ])('reset removes an etcd member that is %s even when others are down', async (_, mine) => {
    const etcd = fakeEtcd({ members: [mine, other(2), other(3), other(4)], down: ['https://10.77.0.14:2379'] })
    expect(await members(run(etcd))).toHaveLength(1)
  })

  it('reset finds an etcd member by an address of the host after an interrupted join', async () => {
    const learner = fakeMember('7', '', '10.77.0.11', { learner: true })
    const nodes = [makeNode({ advertiseAddress: '10.77.0.99' })]
    const etcd = fakeEtcd({ members: [other(2), learner] })
    expect(await members(run(etcd, cp1({}), { cluster: quickCluster({ nodes }) }))).toHaveLength(1)
  })

  it('reset does not remove an etcd member of another host that never started', async () => {
    const etcd = fakeEtcd({ members: [other(2), fakeMember('7', '', '10.77.0.55', { learner: true })] })
    expect(await members(run(etcd))).toEqual([])
  })

  it.each([
    ['when another host has its address', [], false],
    ['unless it answers on this host, as with NAT', ['https://127.0.0.1:2379'], true],
  ])('the etcd member at a foreign address stays %s', async (_, alsoAt, removed) => {
    const elsewhere = etcdYaml.replaceAll('10.77.0.11', '10.77.0.50').replaceAll('[::1]', '127.0.0.1')
    const clientUrls = ['https://10.77.0.50:2379', ...alsoAt]
    const etcd = fakeEtcd({ members: [fakeMember('1', 'cp1', '10.77.0.50', { clientUrls }), other(2), other(3)] })
    const { changes, warnings } = await run(etcd, cp1({ '/etc/kubernetes/manifests/etcd.yaml': elsewhere }))
    expect(changes.filter(change => change.startsWith('member'))).toHaveLength(removed ? 1 : 0)
    expect(warnings).toEqual(removed ? [] : [expect.stringMatching(/member cp1 of etcd stays.*kadm node remove cp1/)])
  })

  it('reset deletes the data of the only etcd member without a change of the membership', async () => {
    const etcd = fakeEtcd({ members: [own()] })
    const { changes, progress } = await run(etcd)
    expect(changes).toEqual([])
    expect(progress).toEqual(['it is the only member: its data is deleted'])
  })

  it('reset ignores an etcd member that is already gone', async () => {
    expect((await run(fakeEtcd({ members: [other(2)] }))).warnings).toEqual([])
  })
})

describe('an unreachable cluster', () => {
  it.each([
    ['no etcd member runs', { ...fakeEtcd({ members: [own(), other(2)], down: [ownUrl, otherUrl] }) }],
    [
      'the member of this host is a learner',
      { ...fakeEtcd({ members: [own({ learner: true }), other(2)], down: [otherUrl] }) },
    ],
    ['this host is not an etcd member', { ...fakeEtcd({ members: [other(2)], down: [otherUrl] }) }],
    ['the API does not answer', down('API_UNREACHABLE')],
    ['there is no admin.conf', down('KUBECONFIG_INVALID')],
    ['there are no certificates', down('CERT_INVALID')],
  ])('reset warns with the next step and continues when %s', async (_, etcd) => {
    const { changes, warnings } = await run(etcd, cp1(), { request: hasty })
    expect(changes).toEqual([])
    expect(warnings).toEqual([expect.stringMatching(/could not be asked.*kadm node remove cp1/)])
  })

  it('reset fails and lists the etcd members when etcd lacks a quorum and has other voters', async () => {
    const etcd = fakeEtcd({ members: [own(), other(2)], down: [otherUrl] })
    await expect(run(etcd, cp1(), { request: hasty })).rejects.toMatchObject({
      code: 'ETCD_UNREACHABLE',
      message: expect.stringContaining('cp2 (connection refused)'),
      hint: expect.stringContaining('--skip-phases remove-etcd-member'),
    })
  })

  it('reset continues without a quorum when the hosts of the other voters are reset too', async () => {
    const etcd = fakeEtcd({ members: [own(), other(2)], down: [otherUrl] })
    const nodes = [makeNode(), makeNode({ name: 'cp2', advertiseAddress: '10.77.0.12' })]
    expect((await run(etcd, cp1(), { cluster: quickCluster({ nodes }), request: hasty })).warnings).toHaveLength(1)
  })

  it.each([
    ['the API server is overloaded', new KadmError('API_REFUSED', 'too many requests', { status: 429 })],
    ['the API server has a fault', new KadmError('API_REFUSED', 'etcdserver: leader changed', { status: 500 })],
    [
      'etcd has no leader',
      new KadmError('ETCD_UNREACHABLE', 'etcd at x cannot serve: etcdserver: no leader', { reason: 'no-quorum' }),
    ],
  ])('reset retries the removal of the etcd member while %s', async (_, passing) => {
    const etcd = fakeEtcd({ members: [own(), other(2), other(3)] })
    let failures = 3
    const list = async () => {
      failures -= 1
      if (failures >= 0) throw passing
      return etcd.members()
    }
    expect(await members(run({ ...etcd, members: list }))).toHaveLength(1)
  })

  it('reset ends before it deletes etcd data when the run is stopped', async () => {
    const stop = new AbortController()
    const etcd = fakeEtcd({ members: [own(), other(2)], down: [ownUrl, otherUrl] })
    const list = () => {
      stop.abort()
      return etcd.members()
    }
    const running = runPhase(removeEtcdMember, { etcd: { ...etcd, members: list }, host: cp1(), signal: stop.signal })
    await expect(running).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })

  it('reset fails when the connection to the host is lost', async () => {
    await expect(run(down('HOST_UNREACHABLE'))).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' })
  })
})

const second = '10.99.0.11'
const atSecond = etcdYaml.replaceAll('10.77.0.11', second).replaceAll('[::1]', '127.0.0.1')
const secondEtcd = (more = {}) =>
  fakeMember('1', 'cp1', second, { clientUrls: [`https://${second}:2379`, 'https://127.0.0.1:2379'], ...more })

/** cp1 with a second network card, on which its etcd is. */
function twoCards(processes: readonly FakeProcess[], files: Readonly<Record<string, string>> = {}): FakeHost {
  return cp1(files, processes, ['10.77.0.11', second])
}

describe('a member at a second address', () => {
  const runs = etcdProcess(atSecond)
  const renamed = { '/etc/kubernetes/manifests/etcd-old.yaml': atSecond }

  it.each([
    ['its manifest is there', [], { '/etc/kubernetes/manifests/etcd.yaml': atSecond }, {}],
    ['its manifest has another name', [], renamed, {}],
    ['its manifest is gone and it runs', [runs], {}, {}],
    ['its manifest is gone and nothing runs', [], {}, {}],
    ['it has another name than the node', [runs], {}, { name: 'old-name' }],
    ['it has another name than the node and nothing runs', [], {}, { name: 'old-name' }],
    ['it was started with variables', [{ words: ['etcd'], env: ['ETCD_NAME=cp1', 'ETCD_TRUSTED_CA_FILE=/x'] }], {}, {}],
    ['systemd runs it on the files of the control plane', [{ ...runs, cgroup: '' }], {}, {}],
  ])('reset removes an etcd member at a second address of the host when %s', async (_, processes, files, more) => {
    const etcd = fakeEtcd({ members: [secondEtcd(more), other(2), other(3)] })
    expect(await members(run(etcd, twoCards(processes, files)))).toHaveLength(1)
  })

  it.each([
    ['has the files of a worker', quickCluster({ nodes: [makeNode({ role: 'worker' })] })],
    ['has an external etcd that its own kubelet runs', externalCluster],
  ])('reset removes an etcd member at a second address of a host that %s', async (_, cluster) => {
    const etcd = fakeEtcd({ members: [secondEtcd(), other(2), other(3)] })
    expect(await members(run(etcd, twoCards([runs]), { cluster }))).toHaveLength(1)
  })

  it.each([
    ['systemd', '/system.slice/etcd.service', [expect.stringMatching(/etcd runs .*pid 870.*systemd unit.*disable/)]],
    ['the kubelet', '/kubepods/burstable/pod1/x', []],
  ])('reset warns of a local etcd only if systemd would restart it: started by %s', async (_, cgroup, warnings) => {
    const etcd = fakeEtcd({ members: [secondEtcd(), other(2), other(3)] })
    expect((await run(etcd, twoCards([{ ...runs, cgroup }]))).warnings).toEqual(warnings)
  })

  it('reset deletes the data of the only etcd member at a second address', async () => {
    const { changes, progress } = await run(fakeEtcd({ members: [secondEtcd()] }), twoCards([runs]))
    expect([changes, progress]).toEqual([[], ['it is the only member: its data is deleted']])
  })

  it.each([
    ['a pod of another network', { ...runs, ownNetwork: true as const }],
    [
      'a pod of a kubelet in a container',
      { words: runs.words, cgroup: '/docker/0a1b/kubelet/kubepods/pod1/x', ownNetwork: true as const },
    ],
    ['a network plugin, without certificates', { words: ['etcd', '--name=calico', '--data-dir=/var/etcd/calico'] }],
    ['another service', { words: ['etcd', '--name=cp1', '--data-dir=/srv/patroni'], cgroup: '' }],
  ])('reset does not take the etcd process of %s for the member of this host', async (_, process) => {
    const etcd = fakeEtcd({ members: [secondEtcd(), other(2), other(3)] })
    await run(etcd, twoCards([process]), { cluster: externalCluster })
    expect(etcd.calls).toEqual([])
  })
})

describe('an ambiguous member', () => {
  const elsewhere = fakeMember('1', 'cp1', '10.77.0.50')
  it.each([
    ['does not answer', [elsewhere], ['https://10.77.0.50:2379'], []],
    ['answers, while an etcd runs here that does not', [elsewhere], [], [etcdProcess(etcdYaml)]],
    ['another member has the local address', [elsewhere, fakeMember('4', 'cp4', '10.77.0.11')], [], []],
  ])(
    'reset stops when the etcd member with the name of the node has no local address and %s',
    async (_, mine, gone, processes) => {
      const etcd = fakeEtcd({ members: [...mine, other(2), other(3)], down: gone })
      await expect(run(etcd, cp1({}, processes))).rejects.toMatchObject({
        code: 'ETCD_REFUSED',
        hint: expect.stringMatching(/kadm node remove cp1.*--skip-phases remove-etcd-member/),
      })
    },
  )

  it('reset stops when the local etcd serves a member of another cluster', async () => {
    const etcd = fakeEtcd({ members: [other(2), other(3)] })
    const status: typeof etcd.status = async endpoint => ({
      ...(await etcd.status(otherUrl)),
      endpoint,
      memberId: '99',
    })
    await expect(run({ ...etcd, status }, cp1({}, [etcdProcess(atSecond)]))).rejects.toMatchObject({
      code: 'ETCD_REFUSED',
      message: expect.stringContaining('as the member 63'),
    })
  })

  it('reset continues when the local etcd has been removed from the cluster and does not serve', async () => {
    const { warnings, changes } = await run(fakeEtcd({ members: [other(2)] }), cp1({}, [etcdProcess(etcdYaml)]))
    expect([warnings, changes]).toEqual([[], []])
  })

  it('reset stops when the local etcd cannot be identified', async () => {
    const process = { words: ['etcd', '--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt'] }
    await expect(run(fakeEtcd({ members: [other(2)] }), cp1({}, [process]))).rejects.toMatchObject({
      code: 'ETCD_REFUSED',
      message: expect.stringContaining('etcd runs on this host (pid 870)'),
    })
  })
})

describe('an unreachable local etcd', () => {
  const refused = new KadmError('ETCD_UNREACHABLE', 'etcd at x cannot be reached: the connection failed')
  const silent = (error: KadmError) => {
    const fail = () => Promise.reject(error)
    return { ...fakeEtcd(), members: fail, knownMembers: fail, status: fail }
  }

  it.each([
    ['kadm cannot connect to it', refused],
    ['there is no certificate', new KadmError('CERT_INVALID', 'not there')],
    ['the API does not answer and there is no manifest', new KadmError('API_UNREACHABLE', 'not there')],
    ['there is no admin.conf', new KadmError('KUBECONFIG_INVALID', 'not there')],
  ])('reset stops before it deletes files when etcd runs and %s', async (_, error) => {
    for (const host of [cp1({}, [etcdProcess(etcdYaml)]), cp1(undefined, [etcdProcess(etcdYaml)])]) {
      await expect(run(silent(error), host, { request: hasty })).rejects.toMatchObject({
        code: 'ETCD_UNREACHABLE',
        message: expect.stringMatching(/etcd runs on this host \(pid 870\).*could not be asked/),
        hint: expect.stringContaining('kadm reset'),
      })
    }
  })

  it('reset stops with the connection error of the host when etcd cannot be reached', async () => {
    const running = run(silent(new KadmError('HOST_CONNECT', 'refused')), cp1({}, [etcdProcess(etcdYaml)]), {
      request: hasty,
    })
    await expect(running).rejects.toMatchObject({ code: 'HOST_CONNECT', exitCode: 4 })
  })

  it('reset stops when only the container runtime reports a running etcd', async () => {
    const container = { name: 'etcd', pod: 'etcd-cp1', namespace: 'kube-system', state: 'running' } as CriContainer
    const cri = fakeCri({ containers: [container] })
    await expect(
      runPhase(removeEtcdMember, { etcd: silent(refused), host: cp1(), request: hasty, cri }),
    ).rejects.toMatchObject({ code: 'ETCD_UNREACHABLE' })
  })

  it('reset continues when the metrics of the local etcd show no other member', async () => {
    const metrics = [
      'etcd_network_known_peers{Local="1c05",Remote="1c05"} 1',
      'etcd_network_known_peers{Local="1c05",Remote="c1fc"} 0',
      'etcd_server_id{server_id="1c05"} 1',
    ]
    const host = serving(cp1({}, [etcdProcess(etcdYaml)]), `${metrics.join('\n')}\n`)
    expect((await run(silent(refused), host, { request: hasty })).progress).toEqual([
      expect.stringContaining('no other member'),
    ])
    const more = serving(cp1({}, [etcdProcess(etcdYaml)]), `${metrics.join('\n').replace('} 0', '} 1')}\n`)
    await expect(run(silent(refused), more, { request: hasty })).rejects.toMatchObject({ code: 'ETCD_UNREACHABLE' })
  })

  it('reset fails when the host does not list its processes', async () => {
    await expect(run(silent(refused), fakeHost(), { request: hasty })).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  })
})

/** The host with an HTTP server on every port. */
function serving(host: FakeHost, body: string): FakeHost {
  const connect = async () => {
    const [near, far] = duplexPair()
    createServer((_, response) => response.end(body)).emit('connection', far)
    return near
  }
  return { ...host, connect }
}

function down(code: KadmError['code']): FakeEtcd {
  return { ...fakeEtcd(), members: () => Promise.reject(new KadmError(code, 'not there')) }
}

const externalCluster = quickCluster({ config: { etcd: { external: { endpoints: ['https://e'] } } } })

describe('a host without a member', () => {
  it.each([
    ['a worker', quickCluster({ nodes: [makeNode({ role: 'worker' })] }), {}],
    ['a control plane with an external etcd', externalCluster, {}],
  ])('reset does not query etcd on %s', async (_, cluster, files) => {
    const etcd = fakeEtcd({ members: [own(), other(2), other(3)] })
    await run(etcd, cp1(files), { cluster })
    expect(etcd.calls).toEqual([])
  })
})
