import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { type FakeAnswer, type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { cleanupNode } from '../../src/phases/cleanup-node/index.ts'
import { makeNode } from '../fixtures/cluster.ts'
import { etcdProcess, type FakeProcess, processAnswers } from '../fixtures/processes.ts'
import { type OnePhase, quickCluster, runPhase } from './run-phase.ts'

const manifest = readFileSync(new URL('../fixtures/static-pods/ipv6/etcd.yaml', import.meta.url), 'utf8')
const controlPlane: Readonly<Record<string, string>> = {
  '/etc/kubernetes/manifests/etcd.yaml': manifest,
  '/etc/kubernetes/manifests/kube-apiserver.yaml': '',
  '/etc/kubernetes/admin.conf': '',
  '/etc/kubernetes/admin.conf.csr': '',
  '/etc/kubernetes/kubelet.conf': '',
  '/etc/kubernetes/bootstrap-kubelet.conf': '',
  '/etc/kubernetes/.kadm-0123456789abcdef': '',
  '/etc/kubernetes/pki/ca.key': '',
  '/etc/kubernetes/tmp/kubeadm-backup/x': '',
  '/etc/kubernetes/mine.yaml': '',
  '/var/lib/etcd/member/db': '',
  '/var/lib/kubelet/config.yaml': '',
  '/var/lib/kubelet/pods/a/x': '',
  '/var/lib/kadm/runs/1.jsonl': '',
}
const directories = ['/etc/kubernetes/manifests', '/etc/kubernetes/pki', '/var/lib/etcd', '/var/lib/kubelet']

type Commands = (line: string) => FakeAnswer

/** A host whose kubelet runs. */
function machine(files = controlPlane, commands: Commands = () => undefined): FakeHost {
  const unit = 'LoadState=loaded\nActiveState=active\nMainPID=7\n'
  return fakeHost({
    files,
    commands: ({ argv }) => {
      const line = argv.join(' ')
      const answer = commands(line)
      if (answer !== undefined) return answer
      if (argv[0] === 'readlink') return { stdout: `${argv[2]}\n` }
      return argv[0] === 'sh' ? { stdout: unit + processAnswers() } : 0
    },
  })
}

async function clean(one: OnePhase & { readonly host: FakeHost }) {
  const outcome = await runPhase(cleanupNode, one)
  const paths = Object.keys({ ...controlPlane, '/data/member/db': '' })
  const left = await Promise.all(paths.map(async path => ((await one.host.stat(path)) === undefined ? [] : [path])))
  return { ...outcome, left: left.flat() }
}

describe('a control plane', () => {
  it('cleanup-node deletes the files that init wrote and keeps all others', async () => {
    const { left } = await clean({ host: machine() })
    expect(left).toEqual(['/etc/kubernetes/tmp/kubeadm-backup/x', '/etc/kubernetes/mine.yaml'])
  })

  it('cleanup-node keeps the directories themselves, as kubeadm does', async () => {
    const host = machine()
    await clean({ host })
    expect(await Promise.all(directories.map(async dir => (await host.stat(dir))?.kind))).toEqual(
      directories.map(() => 'dir'),
    )
  })

  it('cleanup-node deletes old backups of upgrades with --cleanup-tmp-dir', async () => {
    const { left } = await clean({ host: machine(), request: { cleanupTmpDir: true } })
    expect(left).toEqual(['/etc/kubernetes/mine.yaml'])
  })

  it('cleanup-node stops the kubelet before it deletes files, and deletes the manifests last', async () => {
    const { changes } = await clean({ host: machine() })
    expect(changes[0]).toBe('exec systemctl stop kubelet')
    const etcd = changes.findIndex(change => change.startsWith('remove /var/lib/etcd'))
    expect(changes.indexOf('remove /var/lib/kubelet/config.yaml')).toBeLessThan(etcd)
    expect(etcd).toBeLessThan(changes.indexOf('remove /etc/kubernetes/pki/ca.key'))
    expect(changes.slice(-2).sort()).toEqual([
      'remove /etc/kubernetes/manifests/etcd.yaml',
      'remove /etc/kubernetes/manifests/kube-apiserver.yaml',
    ])
  })

  it('cleanup-node stops the slice of pods, which holds their empty cgroups, after the kubelet and before it deletes files', async () => {
    const { changes } = await clean({ host: machine() })
    expect(changes.slice(0, 2)).toEqual(['exec systemctl stop kubelet', 'exec systemctl stop kubepods.slice'])
  })

  it('cleanup-node copies the etcd data between stopping the pods and deleting the data', async () => {
    const { changes, results } = await clean({ host: machine(), request: { backupDir: '/root/b' } })
    const copied = changes.indexOf('exec cp -aH -- /var/lib/etcd /root/b/test/var/lib')
    expect(copied).toBeGreaterThan(changes.indexOf('exec systemctl stop kubelet'))
    expect(copied).toBeLessThan(changes.indexOf('remove /var/lib/etcd/member'))
    expect(results).toContainEqual(['backup', '/root/b/test'])
  })

  it('cleanup-node warns of foreign static pods that it deletes', async () => {
    const files = { ...controlPlane, '/etc/kubernetes/manifests/kube-vip.yaml': '' }
    const { warnings } = await clean({ host: machine(files) })
    expect(warnings).toEqual([expect.stringContaining('/etc/kubernetes/manifests/kube-vip.yaml')])
  })
})

describe('data of etcd', () => {
  const without = (path: string) => Object.fromEntries(Object.entries(controlPlane).filter(([name]) => name !== path))
  const bare = without('/etc/kubernetes/manifests/etcd.yaml')
  const foreign = '/var/lib/etcd/member/db'

  it.each([
    ['on a worker', { '/etc/kubernetes/kubelet.conf': '', [foreign]: '' }, { nodes: [makeNode({ role: 'worker' })] }],
    ['with an external etcd', bare, { config: { etcd: { external: { endpoints: ['https://e'] } } } }],
    ['with an external etcd and a static pod', controlPlane, { config: { etcd: { external: { endpoints: ['x'] } } } }],
    ['on a host with an admin.conf but without an API server', { '/etc/kubernetes/admin.conf': '', [foreign]: '' }, {}],
  ])('cleanup-node keeps etcd data %s', async (_, files, overrides) => {
    const cluster = quickCluster(overrides)
    const { left } = await clean({ host: machine(files), cluster, request: { fromCluster: true } })
    expect(left).toContain(foreign)
  })

  it('cleanup-node keeps etcd data that neither a manifest nor the cluster references', async () => {
    expect((await clean({ host: machine(bare) })).left).toContain(foreign)
  })

  it('cleanup-node deletes etcd data from the dataDir of the cluster when the manifest is gone', async () => {
    const cluster = quickCluster({ config: { etcd: { local: { dataDir: '/data' } } } })
    const host = machine({ ...bare, '/data/member/db': '' })
    const { left } = await clean({ host, cluster, request: { fromCluster: true } })
    expect(left).toContain(foreign)
    expect(left).not.toContain('/data/member/db')
  })

  it('cleanup-node deletes etcd data from the directory in the manifest instead of the default one', async () => {
    const files = {
      ...controlPlane,
      '/etc/kubernetes/manifests/etcd.yaml': manifest.replaceAll('/var/lib/etcd', '/data'),
    }
    const { left } = await clean({ host: machine({ ...files, '/data/member/db': '' }) })
    expect(left).toContain(foreign)
    expect(left).not.toContain('/data/member/db')
  })
})

describe('pods', () => {
  const pod = (id: string, name: string, ofKubelet: boolean) => {
    return { id, name, namespace: 'kube-system', createdAt: new Date(0), ofKubelet }
  }
  const pods = [pod('1', 'etcd-cp1', true), pod('2', 'mine', false)]

  it('cleanup-node removes the pods of the kubelet and keeps other pods', async () => {
    const cri = fakeCri({ pods })
    const { changes } = await clean({ host: machine(), cri })
    expect(changes).toContain('pod kube-system/etcd-cp1')
    expect((await cri.pods()).map(({ name }) => name)).toEqual(['mine'])
  })

  it('cleanup-node also removes pods that start during the removal', async () => {
    const cri = fakeCri({ pods })
    const late = { id: 'late', name: 'coredns', namespace: 'kube-system', createdAt: new Date(), ofKubelet: true }
    let looks = 0
    const removed: string[] = []
    const listing = async () => (++looks === 2 ? [late] : cri.pods())
    const removePod: typeof cri.removePod = pod => {
      removed.push(pod.name)
      return pod.id === 'late' ? Promise.resolve() : cri.removePod(pod)
    }
    await clean({ host: machine(), cri: { ...cri, pods: listing, removePod } })
    expect(removed).toEqual(['etcd-cp1', 'coredns'])
  })

  it('cleanup-node lists pods that a running kubelet recreates', async () => {
    const cri = fakeCri({ pods })
    let made = 0
    const again = async () => [
      { ...pods[0], id: `new-${++made}`, name: 'etcd-cp1', ofKubelet: true } as (typeof pods)[number],
    ]
    const { warnings } = await clean({
      host: machine(),
      cri: { ...cri, pods: again, removePod: async () => undefined },
    })
    expect(warnings).toEqual([expect.stringMatching(/a kubelet is still running.*kube-system\/etcd-cp1/)])
    expect(made).toBeLessThan(10)
  })

  it('cleanup-node warns of a pod that it cannot remove and continues', async () => {
    const removePod = () => Promise.reject(new KadmError('CRI_FAILED', 'sandbox in use'))
    const { warnings, left } = await clean({ host: machine(), cri: { ...fakeCri({ pods }), removePod } })
    expect(warnings).toEqual(['the pod kube-system/etcd-cp1 could not be removed: sandbox in use'])
    expect(left).not.toContain('/etc/kubernetes/pki/ca.key')
  })

  it('cleanup-node warns that pods remain when the container runtime does not answer', async () => {
    const cri = fakeCri({ error: new KadmError('CRI_FAILED', 'the container runtime does not answer') })
    const { warnings, left } = await clean({ host: machine(), cri })
    expect(warnings).toEqual(['the pods could not be removed: the container runtime does not answer'])
    expect(left).not.toContain('/etc/kubernetes/pki/ca.key')
  })
})

describe('custom directories', () => {
  const flags = 'KUBELET_EXTRA_ARGS=--root-dir=/srv/k --cert-dir=/srv/pki'
  const files = {
    ...controlPlane,
    '/srv/k/pods/a/x': '',
    '/srv/k/cpu_manager_state': '',
    '/srv/k/seccomp/mine.json': '',
    '/srv/pki/kubelet-client-current.pem': '',
    '/srv/pki/kubelet-client-2026-11-30-02-48-10.pem': '',
    '/srv/pki/kubelet.key': '',
    '/srv/pki/mine.key': '',
  }
  const withFlags = (mounts = '') =>
    machine(files, line => {
      if (line === 'cat /proc/mounts') return { stdout: mounts }
      return line.includes('EnvironmentFile') ? { stdout: `\u001efiles\n${flags}\n` } : undefined
    })

  it('cleanup-node deletes kubelet files from custom directories and lists the rest', async () => {
    const host = withFlags()
    const { results } = await clean({ host })
    expect([await host.list('/srv/k'), await host.list('/srv/pki')]).toEqual([['seccomp'], ['mine.key']])
    expect(results.filter(([key]) => key === 'stays').map(([, value]) => value)).toEqual([
      '/srv/k/seccomp: in the root directory of the kubelet, not written by kubeadm or kadm',
      '/srv/pki/mine.key: next to the kubelet certificates, not written by kubeadm or kadm',
    ])
  })

  it('cleanup-node unmounts pod volumes in a custom root directory and keeps other mounts', async () => {
    const { changes } = await clean({ host: withFlags('t /srv/k/pods/a/x tmpfs\nt /srv/k/data tmpfs\n') }).catch(
      error => ({ changes: [String(error.message)] }),
    )
    expect(changes.join('\n')).toMatch(/\/srv\/k\/pods\/a\/x/)
    expect(changes.join('\n')).not.toContain('/srv/k/data')
  })

  it('cleanup-node deletes a custom write-ahead log of etcd and lists the writable volumes of the API server', async () => {
    const withWal = manifest
      .replace('    - --data-dir', '    - --wal-dir=/srv/wal\n    - --data-dir')
      .replace('  volumes:', '  volumes:\n  - hostPath:\n      path: /srv/wal\n    name: wal')
    const apiserver = [
      'metadata: {name: kube-apiserver}',
      'spec:',
      '  containers: [{name: kube-apiserver, image: x, volumeMounts: [{name: audit}, {name: policy, readOnly: true}]}]',
      '  volumes: [{name: audit, hostPath: {path: /srv/audit}}, {name: policy, hostPath: {path: /srv/policy}}]',
    ]
    const host = machine({
      ...controlPlane,
      '/etc/kubernetes/manifests/etcd.yaml': withWal,
      '/etc/kubernetes/manifests/kube-apiserver.yaml': apiserver.join('\n'),
      '/srv/wal/0-0.wal': '',
      '/srv/wal/notes.txt': '',
      '/srv/audit/audit.log': '',
      '/srv/policy/policy.yaml': '',
    })
    const { results } = await clean({ host })
    expect(await host.list('/srv/wal')).toEqual(['notes.txt'])
    expect(results).toEqual([['stays', '/srv/audit: volume audit of kube-apiserver, which may write to it']])
  })
})

describe('running processes', () => {
  const apiserver = { pid: 12, words: ['kube-apiserver', '--secure-port=6443'] }
  const pause = (pid: number) => ({ pid, words: ['/pause'] })
  const down = fakeCri({ error: new KadmError('CRI_FAILED', 'the container runtime does not answer') })
  const running = (...processes: readonly FakeProcess[]) =>
    machine(controlPlane, line =>
      line.includes('/proc/') && line.startsWith('sh') ? { stdout: processAnswers(processes) } : undefined,
    )

  it.each([
    ['pods', [pause(7), apiserver, pause(9)], 'pause (pids 7, 9), kube-apiserver (pid 12)'],
    ['a component outside the groups of pods', [{ ...apiserver, cgroup: '' }], 'kube-apiserver (pid 12)'],
    ['a kubelet that systemd does not know', [{ pid: 5, words: ['/opt/bin/kubelet'], cgroup: '' }], 'kubelet (pid 5)'],
    ['the etcd of the host, run by systemd', [etcdProcess(manifest, { cgroup: '' })], 'etcd (pid 870)'],
    ['a pod of a user', [{ pid: 4, words: ['nginx: master process'], ownNetwork: true as const }], 'nginx (pid 4)'],
  ])(
    'cleanup-node keeps all files and lists running processes when the runtime is down: %s',
    async (_, processes, named) => {
      const host = running(...processes)
      await expect(clean({ host, cri: down })).rejects.toMatchObject({
        code: 'STILL_RUNNING',
        exitCode: 1,
        message: expect.stringContaining(named),
        hint: expect.stringContaining(
          `kill ${processes
            .map(one => one.pid ?? 870)
            .sort((a, b) => a - b)
            .join(' ')}`,
        ),
      })
      expect(await host.stat('/etc/kubernetes/pki/ca.key')).toBeDefined()
      expect(await host.stat('/var/lib/etcd/member/db')).toBeDefined()
    },
  )

  it.each([
    [
      'a pod of a kubelet in a container',
      { ...apiserver, cgroup: '/docker/1/kubelet/kubepods/x', ownNetwork: true as const },
    ],
    ['a foreign etcd', { words: ['etcd', '--data-dir=/srv/patroni'], cgroup: '' }],
    ['a process that has ended', { words: [] }],
  ])('the processes that block cleanup-node do not include %s', async (_, process) => {
    expect((await clean({ host: running(process), cri: down })).left).not.toContain('/etc/kubernetes/pki/ca.key')
  })

  it('cleanup-node waits for a process that ends shortly after its pod is removed', async () => {
    let looks = 0
    const host = machine(controlPlane, line => {
      if (!line.includes('/proc/') || !line.startsWith('sh')) return undefined
      return { stdout: processAnswers(++looks < 8 ? [apiserver] : []) }
    })
    expect((await clean({ host })).left).not.toContain('/etc/kubernetes/pki/ca.key')
  })

  it('cleanup-node detects the running processes of a host that is itself a container', async () => {
    const base = '0::/docker/0a1b/init.scope'
    const inside = processAnswers([{ ...apiserver, cgroup: '/docker/0a1b/kubepods/x' }], base)
    const host = machine(controlPlane, line =>
      line.includes('/proc/') && line.startsWith('sh') ? { stdout: inside } : undefined,
    )
    await expect(clean({ host, cri: down })).rejects.toMatchObject({ code: 'STILL_RUNNING' })
  })
})

describe('a host', () => {
  it('cleanup-node keeps all files when a volume cannot be unmounted', async () => {
    const host = machine(controlPlane, line => {
      if (line === 'cat /proc/mounts') return { stdout: 'nas:/a /var/lib/kubelet/pods/a nfs rw 0 0\n' }
      return line.startsWith('umount') ? 32 : undefined
    })
    await expect(clean({ host })).rejects.toMatchObject({ code: 'HOST_FILE' })
    expect(await host.list('/var/lib/kubelet/pods')).toEqual(['a'])
  })

  it('cleanup-node cleans a host without a kubelet unit and warns', async () => {
    const host = machine(controlPlane, line => (line.includes('systemctl show') ? { stdout: '' } : undefined))
    const { warnings, changes } = await clean({ host })
    expect(warnings).toEqual(['systemd has no kubelet unit: check that no kubelet is running'])
    expect(changes.some(change => change.includes('systemctl'))).toBe(false)
  })

  it('cleanup-node stops a kubelet that systemd keeps restarting', async () => {
    const unit = 'LoadState=loaded\nActiveState=activating\nMainPID=0\n'
    const { changes } = await clean({
      host: machine(controlPlane, line => (line.includes('systemctl show') ? { stdout: unit } : undefined)),
    })
    expect(changes[0]).toBe('exec systemctl stop kubelet')
  })

  it('cleanup-node changes nothing on a host that never ran Kubernetes', async () => {
    const stopped = 'LoadState=loaded\nActiveState=inactive\nMainPID=0\n'
    const host = machine({}, line => {
      if (line.startsWith('readlink')) return 1
      return line.includes('systemctl show') ? { stdout: stopped } : undefined
    })
    expect(await clean({ host })).toMatchObject({ changes: [], warnings: [] })
  })
})
