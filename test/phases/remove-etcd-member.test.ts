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

/** A request that does not wait for etcd. */
const hasty = { timeouts: { ...makeRequest().timeouts, etcdAPICall: 60 } }

/** cp1, with the manifest of its etcd and what runs there; its addresses as `ip` tells them. */
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
  it('is removed when the others keep a quorum', async () => {
    const etcd = fakeEtcd({ members: [own(), other(2), other(3)] })
    expect(await members(run(etcd))).toEqual(['member etcd member https://10.77.0.11:2380'])
    expect((await etcd.members()).map(({ name }) => name)).toEqual(['cp2', 'cp3'])
  })

  it('is removed under the lock of all who change the membership, which is given back', async () => {
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
    ['takes this host for an administrator', new KadmError('API_REFUSED', 'leases is forbidden', { status: 403 })],
    ['knows admin.conf any more', new KadmError('API_REFUSED', 'Unauthorized', { status: 401 })],
  ])('is removed without that lock when no API server %s', async (_, error) => {
    const kube = fakeKube({ fail: () => error })
    const etcd = fakeEtcd({ members: [own(), other(2), other(3)] })
    const { changes, progress } = await runPhase(removeEtcdMember, { etcd, kube, host: cp1() })
    expect(changes).toEqual(['member etcd member https://10.77.0.11:2380'])
    expect(progress).toEqual([expect.stringContaining(error.message)])
  })

  it('is removed under the lock when the API server has a fault for a moment', async () => {
    let faults = 2
    const fault = new KadmError('API_REFUSED', 'etcdserver: leader changed', { status: 500 })
    const kube = fakeKube({ fail: () => (faults-- > 0 ? fault : undefined) })
    const etcd = fakeEtcd({ members: [own(), other(2), other(3)] })
    const { progress } = await runPhase(removeEtcdMember, { etcd, kube, host: cp1() })
    expect(progress).toEqual([])
    expect(kube.calls.some(({ verb }) => verb === 'create')).toBe(true)
  })

  it('stays when the others would have none, and the host is not touched', async () => {
    const etcd = fakeEtcd({ members: [own(), other(2), other(3)], down: ['https://10.77.0.13:2379'] })
    await expect(run(etcd)).rejects.toMatchObject({
      code: 'ETCD_REFUSED',
      message: expect.stringContaining('cp2 (healthy), cp3 (connection refused)'),
    })
    expect(etcd.calls.filter(call => call.startsWith('remove'))).toEqual([])
  })

  it.each([
    ['a learner', own({ learner: true })],
    ['one that never started', own({ name: '', clientUrls: [], learner: true })],
  ])('is removed when it is %s, however the others are', async (_, mine) => {
    const etcd = fakeEtcd({ members: [mine, other(2), other(3), other(4)], down: ['https://10.77.0.14:2379'] })
    expect(await members(run(etcd))).toHaveLength(1)
  })

  it('is found by an address of the host when a killed join left nothing else', async () => {
    const learner = fakeMember('7', '', '10.77.0.11', { learner: true })
    const nodes = [makeNode({ advertiseAddress: '10.77.0.99' })]
    const etcd = fakeEtcd({ members: [other(2), learner] })
    expect(await members(run(etcd, cp1({}), { cluster: quickCluster({ nodes }) }))).toHaveLength(1)
  })

  it('is not taken for that of another host that never started', async () => {
    const etcd = fakeEtcd({ members: [other(2), fakeMember('7', '', '10.77.0.55', { learner: true })] })
    expect(await members(run(etcd))).toEqual([])
  })

  it.each([
    ['when another host has its address', [], false],
    ['but not where it answers: an address may be translated', ['https://127.0.0.1:2379'], true],
  ])('stays %s', async (_, alsoAt, removed) => {
    const elsewhere = etcdYaml.replaceAll('10.77.0.11', '10.77.0.50').replaceAll('[::1]', '127.0.0.1')
    const clientUrls = ['https://10.77.0.50:2379', ...alsoAt]
    const etcd = fakeEtcd({ members: [fakeMember('1', 'cp1', '10.77.0.50', { clientUrls }), other(2), other(3)] })
    const { changes, warnings } = await run(etcd, cp1({ '/etc/kubernetes/manifests/etcd.yaml': elsewhere }))
    expect(changes.filter(change => change.startsWith('member'))).toHaveLength(removed ? 1 : 0)
    expect(warnings).toEqual(removed ? [] : [expect.stringMatching(/member cp1 of etcd stays.*kadm node remove cp1/)])
  })

  it('goes with its data when it is the only one', async () => {
    const etcd = fakeEtcd({ members: [own()] })
    const { changes, progress } = await run(etcd)
    expect(changes).toEqual([])
    expect(progress).toEqual(['it is the only member: its data is deleted'])
  })

  it('may be gone already', async () => {
    expect((await run(fakeEtcd({ members: [other(2)] }))).warnings).toEqual([])
  })
})

describe('a cluster that cannot be asked', () => {
  it.each([
    ['no member of etcd runs', { ...fakeEtcd({ members: [own(), other(2)], down: [ownUrl, otherUrl] }) }],
    ['this one has no vote', { ...fakeEtcd({ members: [own({ learner: true }), other(2)], down: [otherUrl] }) }],
    ['this one is not in the membership', { ...fakeEtcd({ members: [other(2)], down: [otherUrl] }) }],
    ['the API does not answer', down('API_UNREACHABLE')],
    ['there is no admin.conf', down('KUBECONFIG_INVALID')],
    ['there are no certificates', down('CERT_INVALID')],
  ])('is not a failure when %s: what to do on another control plane is reported', async (_, etcd) => {
    const { changes, warnings } = await run(etcd, cp1(), { request: hasty })
    expect(changes).toEqual([])
    expect(warnings).toEqual([expect.stringMatching(/could not be asked.*kadm node remove cp1/)])
  })

  it('is a failure, with the members named, when etcd runs here without a quorum and has other voters', async () => {
    const etcd = fakeEtcd({ members: [own(), other(2)], down: [otherUrl] })
    await expect(run(etcd, cp1(), { request: hasty })).rejects.toMatchObject({
      code: 'ETCD_UNREACHABLE',
      message: expect.stringContaining('cp2 (connection refused)'),
      hint: expect.stringContaining('--skip-phases remove-etcd-member'),
    })
  })

  it('is not a failure when the other voters are on hosts that are reset, too', async () => {
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
  ])('is asked again when %s for a moment', async (_, passing) => {
    const etcd = fakeEtcd({ members: [own(), other(2), other(3)] })
    let failures = 3
    const list = async () => {
      failures -= 1
      if (failures >= 0) throw passing
      return etcd.members()
    }
    expect(await members(run({ ...etcd, members: list }))).toHaveLength(1)
  })

  it('ends when the run is stopped meanwhile, and does not go on to the data', async () => {
    const stop = new AbortController()
    const etcd = fakeEtcd({ members: [own(), other(2)], down: [ownUrl, otherUrl] })
    const list = () => {
      stop.abort()
      return etcd.members()
    }
    const running = runPhase(removeEtcdMember, { etcd: { ...etcd, members: list }, host: cp1(), signal: stop.signal })
    await expect(running).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })

  it('is a failure when the host itself is lost', async () => {
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

describe('a member at an address that is not the usual one of the host', () => {
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
  ])('is removed when %s', async (_, processes, files, more) => {
    const etcd = fakeEtcd({ members: [secondEtcd(more), other(2), other(3)] })
    expect(await members(run(etcd, twoCards(processes, files)))).toHaveLength(1)
  })

  it.each([
    ['is a worker by its files', quickCluster({ nodes: [makeNode({ role: 'worker' })] })],
    ['has an external etcd that its own kubelet runs', externalCluster],
  ])('is removed when it runs on a host that %s', async (_, cluster) => {
    const etcd = fakeEtcd({ members: [secondEtcd(), other(2), other(3)] })
    expect(await members(run(etcd, twoCards([runs]), { cluster }))).toHaveLength(1)
  })

  it.each([
    ['systemd', '/system.slice/etcd.service', [expect.stringMatching(/etcd runs .*pid 870.*systemd unit.*disable/)]],
    ['the kubelet', '/kubepods/burstable/pod1/x', []],
  ])('may be started again when it was started by %s', async (_, cgroup, warnings) => {
    const etcd = fakeEtcd({ members: [secondEtcd(), other(2), other(3)] })
    expect((await run(etcd, twoCards([{ ...runs, cgroup }]))).warnings).toEqual(warnings)
  })

  it('goes with its data when it is the only one', async () => {
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
  ])('is not that of %s', async (_, process) => {
    const etcd = fakeEtcd({ members: [secondEtcd(), other(2), other(3)] })
    await run(etcd, twoCards([process]), { cluster: externalCluster })
    expect(etcd.calls).toEqual([])
  })
})

describe('a member that may be this host’s', () => {
  const elsewhere = fakeMember('1', 'cp1', '10.77.0.50')
  it.each([
    ['does not answer, by the name of the node', [elsewhere], ['https://10.77.0.50:2379'], []],
    ['answers, while an etcd runs here that does not', [elsewhere], [], [etcdProcess(etcdYaml)]],
    ['has the address of another member', [elsewhere, fakeMember('4', 'cp4', '10.77.0.11')], [], []],
  ])('stops the reset when it has no address here and %s', async (_, mine, gone, processes) => {
    const etcd = fakeEtcd({ members: [...mine, other(2), other(3)], down: gone })
    await expect(run(etcd, cp1({}, processes))).rejects.toMatchObject({
      code: 'ETCD_REFUSED',
      hint: expect.stringMatching(/kadm node remove cp1.*--skip-phases remove-etcd-member/),
    })
  })

  it('stops the reset when what runs here serves as a member of another cluster', async () => {
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

  it('is out of etcd when what runs here names its URL and does not serve: nothing is in the way', async () => {
    const { warnings, changes } = await run(fakeEtcd({ members: [other(2)] }), cp1({}, [etcdProcess(etcdYaml)]))
    expect([warnings, changes]).toEqual([[], []])
  })

  it('stops the reset when what runs here does not say which it is', async () => {
    const process = { words: ['etcd', '--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt'] }
    await expect(run(fakeEtcd({ members: [other(2)] }), cp1({}, [process]))).rejects.toMatchObject({
      code: 'ETCD_REFUSED',
      message: expect.stringContaining('etcd runs on this host (pid 870)'),
    })
  })
})

describe('an etcd that runs here and cannot be asked', () => {
  const refused = new KadmError('ETCD_UNREACHABLE', 'etcd at x cannot be reached: the connection failed')
  const silent = (error: KadmError) => {
    const fail = () => Promise.reject(error)
    return { ...fakeEtcd(), members: fail, knownMembers: fail, status: fail }
  }

  it.each([
    ['nothing can be connected to', refused],
    ['there is no certificate', new KadmError('CERT_INVALID', 'not there')],
    ['the API does not answer and there is no manifest', new KadmError('API_UNREACHABLE', 'not there')],
    ['there is no admin.conf', new KadmError('KUBECONFIG_INVALID', 'not there')],
  ])('stops the reset before anything is destroyed when %s', async (_, error) => {
    for (const host of [cp1({}, [etcdProcess(etcdYaml)]), cp1(undefined, [etcdProcess(etcdYaml)])]) {
      await expect(run(silent(error), host, { request: hasty })).rejects.toMatchObject({
        code: 'ETCD_UNREACHABLE',
        message: expect.stringMatching(/etcd runs on this host \(pid 870\).*could not be asked/),
        hint: expect.stringContaining('kadm reset'),
      })
    }
  })

  it('stops it with the error of the host when that is why', async () => {
    const running = run(silent(new KadmError('HOST_CONNECT', 'refused')), cp1({}, [etcdProcess(etcdYaml)]), {
      request: hasty,
    })
    await expect(running).rejects.toMatchObject({ code: 'HOST_CONNECT', exitCode: 4 })
  })

  it('stops it, too, when only the container runtime shows it', async () => {
    const container = { name: 'etcd', pod: 'etcd-cp1', namespace: 'kube-system', state: 'running' } as CriContainer
    const cri = fakeCri({ containers: [container] })
    await expect(
      runPhase(removeEtcdMember, { etcd: silent(refused), host: cp1(), request: hasty, cri }),
    ).rejects.toMatchObject({ code: 'ETCD_UNREACHABLE' })
  })

  it('is not an obstacle when its own metrics know no other member', async () => {
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

  it('is not taken for one that does not run when the host does not list its processes', async () => {
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
    ['one with an external etcd', externalCluster, {}],
  ])('is not asked for: %s', async (_, cluster, files) => {
    const etcd = fakeEtcd({ members: [own(), other(2), other(3)] })
    await run(etcd, cp1(files), { cluster })
    expect(etcd.calls).toEqual([])
  })
})
