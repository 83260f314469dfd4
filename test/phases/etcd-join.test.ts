import { describe, expect, it } from 'vitest'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import { type FakeEtcd, type FakeEtcdOptions, fakeEtcd, fakeMember } from '../../src/clients/etcd/fake.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { checkEtcd } from '../../src/phases/check-etcd/index.ts'
import { etcdJoin } from '../../src/phases/etcd-join/index.ts'
import { renderEtcd } from '../../src/render/etcd.ts'
import { toYaml } from '../../src/yaml/write.ts'
import { makeNode, makeRequest } from '../fixtures/cluster.ts'
import { type FakeProcess, processAnswers } from '../fixtures/processes.ts'
import { walBeginning } from '../observe/etcd-wal.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const node = makeNode({ name: 'cp2', advertiseAddress: '10.0.0.2' })
const cluster = quickCluster({ nodes: [node] })
const request = { timeouts: { ...makeRequest().timeouts, etcdAPICall: 60 } }
const manifest = '/etc/kubernetes/manifests/etcd.yaml'
const cp1 = fakeMember('1', 'cp1', '10.0.0.1')
const peerUrl = 'https://10.0.0.2:2380'

/** The processes of a host: PIDs of users of the data, one per line, and processes. */
interface Running {
  readonly users?: () => string
  readonly processes?: readonly FakeProcess[]
  readonly listed?: string
}

/** A host whose data directory belongs to the member `owner`; without one it is empty. */
function machine(owner?: string, files: Record<string, string> = {}, runs: Running = {}): FakeHost {
  const data = owner === undefined ? {} : { '/var/lib/etcd/member/wal/0.wal': dataOf(owner) }
  const host = fakeHost({
    files: { ...data, ...files },
    commands: async ({ argv }) => {
      if (argv[0] === 'mv') await host.remove('/var/lib/etcd/member')
      if (argv[2]?.includes('/fd/')) return { stdout: runs.users?.() ?? 'end\n' }
      if (argv[2]?.includes('cgroup')) return { stdout: runs.listed ?? processAnswers(runs.processes) }
      if (argv[0] === 'sh' && argv[2]?.includes('member/wal')) {
        const there = (await host.stat('/var/lib/etcd/member')) !== undefined
        return { stdout: there ? dataOf(owner ?? '0').toString('base64') : 'none\n' }
      }
      return 0
    },
  })
  return host
}

function dataOf(owner: string): Buffer {
  return /^\d+$/.test(owner) ? walBeginning(owner) : Buffer.from(owner)
}

/** etcd whose new members start by themselves as cp2. */
function etcdWith(options: FakeEtcdOptions = {}): FakeEtcd {
  return fakeEtcd({ members: [cp1], starts: url => (url === peerUrl ? 'cp2' : undefined), ...options })
}

const run = (host: FakeHost, etcd: FakeEtcd) => runPhase(etcdJoin, { cluster, request, host, etcd })
const asked = (etcd: FakeEtcd) => etcd.calls.filter(call => /^(add|promote|remove)/.test(call))

async function initialCluster(host: FakeHost): Promise<string | undefined> {
  const text = Buffer.from((await host.readFile(manifest)) ?? '').toString()
  return /--initial-cluster=(.*)/.exec(text)?.[1]
}

describe('etcd-join', () => {
  it('etcd-join adds a learner, writes its static pod and promotes it, without reporting a Lease', async () => {
    const [host, etcd] = [machine(), etcdWith({ promoteRefusals: 2 })]
    const { changes } = await run(host, etcd)
    expect(changes).toEqual([
      `member etcd member ${peerUrl}`,
      'dir /var/lib/etcd',
      'dir /etc/kubernetes/manifests',
      `file ${manifest}`,
      `member etcd member ${peerUrl}`,
    ])
    expect(asked(etcd)).toEqual([`add ${peerUrl}`, 'promote 2', 'promote 2', 'promote 2'])
    expect(await initialCluster(host)).toBe(`cp1=https://10.0.0.1:2380,cp2=${peerUrl}`)
  })

  it('etcd-join keeps a voter that has its data, and the peers in its static pod', async () => {
    const first = toYaml(
      renderEtcd(cluster, node, {
        initialCluster: [
          { name: 'cp2', peerUrl },
          { name: 'x', peerUrl: 'https://10.0.0.9:2380' },
        ],
      }),
    )
    const etcd = etcdWith({ members: [cp1, fakeMember('2', 'cp2', '10.0.0.2')] })
    const { changes } = await run(machine('2', { [manifest]: first }), etcd)
    expect(changes.filter(change => change !== `file ${manifest}`)).toEqual([])
    expect(asked(etcd)).toEqual([])
  })

  it('etcd-join continues with a learner that an earlier run added and that never started', async () => {
    const members = [cp1, fakeMember('5', '', '10.0.0.2', { learner: true })]
    let written = false
    const host = machine()
    const watched: FakeHost = {
      ...host,
      async writeFile(file) {
        await host.writeFile(file)
        if (file.path === manifest) written = true
      },
    }
    const etcd = etcdWith({ members, starts: () => (written ? 'cp2' : undefined) })
    const { changes, warnings } = await run(watched, etcd)
    expect(asked(etcd)).toEqual([`add ${peerUrl}`, 'promote 5'])
    expect(changes.filter(change => change.startsWith('member'))).toHaveLength(1)
    expect(warnings).toEqual([])
  })

  it('etcd-join promotes a learner that has started and keeps its static pod', async () => {
    const text = toYaml(renderEtcd(cluster, node, { initialCluster: [{ name: 'cp2', peerUrl }] }))
    const etcd = etcdWith({ members: [cp1, fakeMember('5', 'cp2', '10.0.0.2', { learner: true })] })
    const host = machine('5', { [manifest]: text })
    await run(host, etcd)
    expect(asked(etcd)).toEqual([`add ${peerUrl}`, 'promote 5'])
    expect(await initialCluster(host)).toBe(`cp2=${peerUrl}`)
  })

  it.each<readonly [string, string | undefined, readonly ReturnType<typeof fakeMember>[], readonly string[], number]>([
    ['data of a membership that is over', '9', [cp1], [`add ${peerUrl}`, 'promote 2'], 1],
    [
      'a member whose data is gone',
      undefined,
      [cp1, fakeMember('3', 'cp3', '10.0.0.3'), fakeMember('7', 'cp2', '10.0.0.2')],
      ['remove 7', `add ${peerUrl}`, 'promote 4'],
      1,
    ],
    [
      'a member with the data of another',
      '9',
      [cp1, fakeMember('3', 'cp3', '10.0.0.3'), fakeMember('7', 'cp2', '10.0.0.2')],
      ['remove 7', `add ${peerUrl}`, 'promote 4'],
      2,
    ],
  ])('etcd-join replaces old data or an old member with a new member: %s', async (_, owner, members, calls, warned) => {
    const gone = members.some(({ id }) => id === '7')
    const etcd = etcdWith({ members, down: gone ? ['https://10.0.0.2:2379'] : [] })
    const host = machine(owner)
    const addLearner = (url: string) => {
      etcd.setDown('https://10.0.0.2:2379', false)
      return etcd.addLearner(url)
    }
    const starting = { ...etcd, addLearner }
    const { warnings } = await run(host, starting)
    expect(asked(etcd)).toEqual(calls)
    expect(warnings).toHaveLength(warned)
    const moved = host.calls.filter(({ argv }) => argv[0] === 'mv').map(({ argv }) => argv.join(' '))
    expect(moved).toEqual(owner === undefined ? [] : ['mv /var/lib/etcd/member /var/lib/etcd/member-before-test'])
  })

  const etcdOfPod = { words: ['etcd', '--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt', '--data-dir=/srv/etcd'] }
  const byHand = { words: ['etcd', '--data-dir', '/var/lib/etcd'], cgroup: '/system.slice/etcd.service' }
  it.each<readonly [string, Running, string]>([
    ['a process uses the data', { users: () => '4711\nend\n' }, 'pid 4711'],
    ['the kubelet runs an etcd with other data', { processes: [{ pid: 12, ...etcdOfPod }] }, 'pid 12'],
    ['systemd runs an etcd on the data', { processes: [{ pid: 9, ...byHand }], users: () => '9\nend\n' }, 'pid 9'],
  ])('etcd-join does not move etcd data that may belong to a running voter: %s', async (_, runs, pids) => {
    const host = machine('9', { [manifest]: 'x' }, runs)
    const etcd = etcdWith()
    await expect(run(host, etcd)).rejects.toMatchObject({
      code: 'ETCD_REFUSED',
      message: expect.stringContaining(pids),
      hint: expect.stringContaining('kadm reset'),
    })
    expect([asked(etcd), await host.stat(manifest)]).toEqual([[], expect.anything()])
    expect(host.calls.filter(({ argv }) => argv[0] === 'mv')).toEqual([])
  })

  it.each<readonly [string, Running]>([
    ['its processes', { listed: '' }],
    ['the processes that use the data', { users: () => '' }],
  ])('etcd-join does not move etcd data on a host that does not list %s', async (_, runs) => {
    const host = machine('9', { [manifest]: 'x' }, runs)
    await expect(run(host, etcdWith())).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
    expect([host.calls.filter(({ argv }) => argv[0] === 'mv'), await host.stat(manifest)]).toEqual([
      [],
      expect.anything(),
    ])
  })

  it('etcd-join waits until a removed etcd member ends that the kubelet keeps restarting', async () => {
    let looks = 0
    const users = () => (looks++ < 2 ? '4711\nend\n' : 'end\n')
    const { warnings } = await run(machine('9', {}, { users }), etcdWith())
    expect(warnings).toEqual([expect.stringContaining('held the data of another etcd member')])
  })

  it.each([
    ['its directory is empty', undefined],
    ['its directory has the data of another member', '9'],
  ])('etcd-join keeps a voter that answers although %s, since its data is elsewhere', async (_, owner) => {
    const etcd = etcdWith({ members: [cp1, fakeMember('7', 'cp2', '10.0.0.2')] })
    const { changes } = await run(machine(owner), etcd)
    expect(changes.filter(change => !/^(file|dir) /.test(change))).toEqual([])
    expect(asked(etcd)).toEqual([])
  })

  it('etcd-join does not remove a member when the owner of the data on the host is unknown', async () => {
    const host = machine('not a write-ahead log')
    const etcd = etcdWith({ members: [cp1, fakeMember('7', 'cp2', '10.0.0.2')], down: ['https://10.0.0.2:2379'] })
    const listing = { ...etcd, members: async () => [cp1, fakeMember('7', 'cp2', '10.0.0.2')] }
    await expect(run(host, listing)).rejects.toMatchObject({
      code: 'ETCD_REFUSED',
      message: expect.stringMatching(/cp2 at https:\/\/10\.0\.0\.2:2380.*cannot be determined/),
      hint: expect.stringContaining('kadm reset'),
    })
    expect([asked(etcd), host.calls.filter(({ verb }) => verb === 'exec')]).toEqual([[], []])
  })

  it('etcd-join does not stop a voter to add it again at another address', async () => {
    const host = machine('7', { [manifest]: 'x' })
    const etcd = etcdWith({ members: [cp1, fakeMember('7', 'cp2', '10.0.2.15')] })
    await expect(run(host, etcd)).rejects.toMatchObject({
      code: 'ETCD_REFUSED',
      message: expect.stringMatching(/member of etcd, cp2 at https:\/\/10\.0\.2\.15:2380/),
      hint: expect.stringMatching(/--apiserver-advertise-address 10\.0\.2\.15.*kadm reset/),
    })
    expect([asked(etcd), await host.stat(manifest)]).toEqual([[], expect.anything()])
  })

  it('etcd-join does not remove a member when the others would have no quorum', async () => {
    const members = [cp1, fakeMember('3', 'cp3', '10.0.0.3'), fakeMember('7', 'cp2', '10.0.0.2')]
    const etcd = etcdWith({ members, down: ['https://10.0.0.3:2379'] })
    const status: FakeEtcd['status'] = endpoint =>
      endpoint === 'https://10.0.0.2:2379'
        ? Promise.reject(new KadmError('ETCD_UNREACHABLE', 'connection refused'))
        : etcd.status(endpoint)
    await expect(run(machine(), { ...etcd, status })).rejects.toMatchObject({ code: 'ETCD_REFUSED' })
    expect(asked(etcd)).toEqual([])
  })

  it('etcd-join removes a member that never starts, so that other hosts can join', async () => {
    const etcd = etcdWith({ starts: () => undefined })
    const host = machine()
    await expect(run(host, etcd)).rejects.toMatchObject({ code: 'TIMEOUT', message: /start of the new etcd member/ })
    expect(asked(etcd)).toEqual([`add ${peerUrl}`, 'remove 2'])
    expect(await host.stat(manifest)).toBeUndefined()
  })

  it('etcd-join removes a member that never starts even if the runtime is down, and reports what remains', async () => {
    const etcd = etcdWith({ starts: () => undefined })
    const host = machine()
    const failing = async () => {
      throw new KadmError('CRI_FAILED', 'containerd does not answer')
    }
    const cri = { ...fakeCri(), containers: failing }
    const started = performance.now()
    await expect(runPhase(etcdJoin, { cluster, request, host, etcd, cri })).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(asked(etcd)).toEqual([`add ${peerUrl}`, 'remove 2'])
    expect(await host.stat(manifest)).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(3000)
  })

  it('etcd-join immediately removes a member that has not started when the run is stopped', async () => {
    const stop = new AbortController()
    const etcd = etcdWith({ starts: () => undefined })
    const host = machine()
    const cri = fakeCri()
    const stopping: FakeHost = {
      ...host,
      async writeFile(file) {
        await host.writeFile(file)
        stop.abort()
      },
    }
    const running = runPhase(etcdJoin, { cluster, request, host: stopping, etcd, cri, signal: stop.signal })
    await expect(running).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect(asked(etcd)).toEqual([`add ${peerUrl}`, 'remove 2'])
    expect(await host.stat(manifest)).toBeUndefined()
  })

  it('etcd-join keeps a started member for the next run when the run is stopped', async () => {
    const stop = new AbortController()
    const etcd = etcdWith({ promoteRefusals: 1000 })
    const promote = async (id: string) => {
      stop.abort()
      return etcd.promote(id)
    }
    const host = machine()
    const running = runPhase(etcdJoin, { cluster, request, host, etcd: { ...etcd, promote }, signal: stop.signal })
    await expect(running).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect(asked(etcd)).toEqual([`add ${peerUrl}`, 'promote 2'])
    expect(await host.stat(manifest)).toBeDefined()
  })

  it.each([
    ['never started', '', /member 5 at https:\/\/10\.0\.0\.8:2380, which never started/, 'kadm node remove 10.0.0.8'],
    ['by name', 'cp8', /cp8 \(5\) at https:\/\/10\.0\.0\.8:2380/, 'kadm node remove cp8'],
  ])(
    'etcd-join names the learner that blocks it (%s) and the command that removes it',
    async (_, name, message, command) => {
      const members = [cp1, fakeMember('5', name, '10.0.0.8', { learner: true })]
      await expect(run(machine(), etcdWith({ members, maxLearners: 1 }))).rejects.toMatchObject({
        code: 'TIMEOUT',
        message: expect.stringMatching(message),
        hint: expect.stringContaining(command),
      })
    },
  )

  it('the initial cluster names a member by its ID if it has no name or the name of this node', async () => {
    const members = [cp1, fakeMember('171', '', '10.0.0.8', { learner: true }), fakeMember('187', 'cp2', '10.0.0.9')]
    const host = machine()
    await run(host, etcdWith({ members }))
    expect(await initialCluster(host)).toBe(
      `cp1=https://10.0.0.1:2380,ab=https://10.0.0.8:2380,bb=https://10.0.0.9:2380,cp2=${peerUrl}`,
    )
  })

  it('etcd-join restarts a learner that does not serve before it promotes it', async () => {
    const etcd = etcdWith({ down: ['https://10.0.0.2:2379'] })
    const container = { id: 'c1', name: 'etcd', pod: 'etcd-cp2', namespace: 'kube-system', state: 'running' as const }
    const cri = fakeCri({ containers: [{ ...container, createdAt: new Date(), attempt: 0, logPath: '' }] })
    const stop = cri.stopContainer
    const stopping = {
      ...cri,
      stopContainer: (id: string) => stop(id).then(() => etcd.setDown('https://10.0.0.2:2379', false)),
    }
    await runPhase(etcdJoin, { cluster, request, host: machine(), etcd, cri: stopping })
    expect(cri.stopped).toEqual(['c1'])
    expect(etcd.calls.slice(-3)).toEqual(['status https://10.0.0.2:2379', 'status https://10.0.0.2:2379', 'promote 2'])
  })

  it('etcd-join promotes a learner that serves over a slow connection', async () => {
    const etcd = etcdWith()
    const slowly = <T>(ms: number, answer: () => Promise<T>) =>
      new Promise(resolve => setTimeout(resolve, ms)).then(answer)
    const slow: FakeEtcd = {
      ...etcd,
      members: () => slowly(200, etcd.members),
      status: (endpoint, { timeoutMs = 0 } = {}) =>
        timeoutMs < 900
          ? Promise.reject(new KadmError('ETCD_UNREACHABLE', 'timed out'))
          : etcd.status(endpoint, { timeoutMs }),
    }
    const container = { id: 'c1', name: 'etcd', pod: 'etcd-cp2', namespace: 'kube-system', state: 'running' as const }
    const cri = fakeCri({ containers: [{ ...container, createdAt: new Date(), attempt: 0, logPath: '' }] })
    await runPhase(etcdJoin, { cluster, host: machine(), etcd: slow, cri })
    expect(cri.stopped).toEqual([])
  })

  it('etcd-join does not restart a learner twice, since the kubelet would delay the next start', async () => {
    const etcd = etcdWith({ down: ['https://10.0.0.2:2379'] })
    const container = { id: 'c1', name: 'etcd', pod: 'etcd-cp2', namespace: 'kube-system', state: 'running' as const }
    const cri = fakeCri({ containers: [{ ...container, createdAt: new Date(), attempt: 1, logPath: '' }] })
    setTimeout(() => etcd.setDown('https://10.0.0.2:2379', false), 30)
    await runPhase(etcdJoin, { cluster, host: machine(), etcd, cri })
    expect(cri.stopped).toEqual([])
    expect(asked(etcd)).toEqual([`add ${peerUrl}`, 'promote 2'])
  })

  it('etcd-join does not promote a learner that does not serve, which would leave etcd a voter short', async () => {
    const etcd = etcdWith({ down: ['https://10.0.0.2:2379'] })
    const error = { code: 'TIMEOUT', message: expect.stringContaining('an etcd member that serves clients') }
    await expect(run(machine(), etcd)).rejects.toMatchObject(error)
    expect(asked(etcd)).toEqual([`add ${peerUrl}`])
  })

  it.each([etcdJoin, checkEtcd])('the etcd phases of join are skipped with an external etcd', phase => {
    const external = quickCluster({ config: { etcd: { external: { endpoints: ['https://e:2379'] } } } })
    expect(phase.skip?.({ cluster: external, node, request: makeRequest() })).toBe('etcd is external')
    expect(phase.skip?.({ cluster, node, request: makeRequest() })).toBeUndefined()
  })
})
