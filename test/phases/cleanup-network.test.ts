import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type FakeAnswer, type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { unowned } from '../../src/observe/left/network-leftovers.ts'
import { cleanupNetwork } from '../../src/phases/cleanup-network/index.ts'
import { showWhatStays } from '../../src/phases/show-what-stays/index.ts'
import { makeNode, makeRequest } from '../fixtures/cluster.ts'
import { type FakeProcess, processAnswers } from '../fixtures/processes.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const saved = readFileSync(new URL('../fixtures/iptables/kube-proxy.txt', import.meta.url), 'utf8')
const files = { '/etc/cni/net.d/10-flannel.conflist': '', '/etc/cni/net.d/87-podman.conflist': '' }

/** A node with kube-proxy's rules, and a CNI file that a package owns. */
function machine(answers: Readonly<Record<string, FakeAnswer>> = {}): FakeHost {
  const usual: Readonly<Record<string, FakeAnswer>> = {
    'iptables-save': { stdout: saved },
    'ip6tables-save': { stdout: '*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n' },
    'nft list tables': { stdout: 'table ip nat\ntable ip kube-proxy\ntable ip6 kube-proxy\n' },
    sh: { stdout: `/etc/cni/net.d/10-flannel.conflist\n${processAnswers()}` },
    ...answers,
  }
  return fakeHost({
    files,
    commands: ({ argv, verb }) => usual[argv.join(' ')] ?? usual[argv[0]] ?? (verb === 'exec' ? 0 : undefined),
  })
}

describe('cleanup-network', () => {
  it('cleanup-network lists rules and files before it removes them', async () => {
    const { progress } = await runPhase(cleanupNetwork, { host: machine() })
    expect(progress).toEqual([
      'removing /etc/cni/net.d/10-flannel.conflist',
      'removing 19 chains KUBE-* of iptables (mangle, filter, nat)',
      'removing the nftables table ip kube-proxy',
      'removing the nftables table ip6 kube-proxy',
    ])
  })

  it('cleanup-network removes only the rules and files of Kubernetes', async () => {
    const host = machine()
    const { changes } = await runPhase(cleanupNetwork, { host })
    expect(changes).toEqual([
      'remove /etc/cni/net.d/10-flannel.conflist',
      'exec iptables-restore --noflush',
      'exec nft delete table ip kube-proxy',
      'exec nft delete table ip6 kube-proxy',
    ])
    const input = host.calls.find(({ argv }) => argv[0] === 'iptables-restore')?.stdin
    expect(Buffer.from(input ?? '').toString()).toContain('-X KUBE-SERVICES')
  })

  it('cleanup-network changes nothing on a host without network tools and files', async () => {
    const { changes } = await runPhase(cleanupNetwork, { host: fakeHost() })
    expect(changes).toEqual([])
  })

  it('cleanup-network is skipped without --cleanup-network', () => {
    expect(cleanupNetwork.skip?.({ cluster: quickCluster(), node: makeNode(), request: makeRequest() })).toMatch(
      /--cleanup-network/,
    )
  })
})

describe('leftovers', () => {
  const stays = async (host: FakeHost, cluster = quickCluster()) =>
    (await runPhase(showWhatStays, { host, cluster })).results.map(([key, value]) => `${key}: ${value}`)

  it('reset reports no leftovers on a clean host', async () => {
    expect(await stays(bare())).toEqual([])
  })

  it('reset lists remaining rules, files, data and interfaces with a command for each', async () => {
    const host = machine()
    for (const path of [
      '/etc/kubernetes/audit.yaml',
      '/etc/kubernetes/tmp/kubeadm-backup-etcd/x',
      '/var/lib/etcd/member/db',
      '/sys/class/net/eth0',
      '/sys/class/net/cni0',
      '/root/.kube/config',
      '/var/log/pods/kube-system_etcd-cp1_x/etcd/0.log',
      '/var/lib/cni/networks/lab/10.244.0.2',
    ]) {
      await host.writeFile({ path, content: '' })
    }
    expect(await stays(host)).toEqual([
      'stays: /etc/kubernetes/audit.yaml: not written by kubeadm or kadm',
      'stays: /etc/kubernetes/tmp/kubeadm-backup-etcd: kept by earlier runs; --cleanup-tmp-dir removes it',
      'stays: /var/lib/etcd: etcd data that cannot be attributed to this cluster',
      'stays: /etc/cni/net.d/10-flannel.conflist: --cleanup-network removes it',
      'stays: 19 chains KUBE-* of iptables (mangle, filter, nat): --cleanup-network removes it',
      'stays: the nftables table ip kube-proxy: --cleanup-network removes it',
      'stays: the nftables table ip6 kube-proxy: --cleanup-network removes it',
      'stays: the network interface cni0: of the network plugin',
      'stays: /var/log/pods: logs of the pods',
      'stays: /var/lib/cni: addresses that the network plugin allocated',
      'stays: /root/.kube/config: may refer to a deleted cluster',
    ])
  })

  it('reset lists foreign files in a custom certificates directory', async () => {
    const cluster = quickCluster({ config: { certificatesDir: '/etc/ssl/kubernetes' } })
    const host = bare({ '/etc/ssl/kubernetes/mine.pem': '' })
    expect(await stays(host, cluster)).toEqual(['stays: /etc/ssl/kubernetes/mine.pem: not written by kubeadm or kadm'])
  })

  it('reset of a control plane lists the objects in an external etcd and how to delete them', async () => {
    const config = {
      etcd: { external: { endpoints: ['https://10.0.0.31:2379', 'https://10.0.0.32:2379'] } },
      apiServer: { extraArgs: [{ name: 'etcd-prefix', value: '/two' }] },
    }
    expect(await stays(bare(), quickCluster({ config }))).toEqual([
      'stays: the objects of the cluster in the external etcd at https://10.0.0.31:2379, https://10.0.0.32:2379: a new cluster there needs them gone: `etcdctl del --prefix /two/`',
    ])
    const nodes = [makeNode({ role: 'worker' })]
    expect(await stays(bare(), quickCluster({ config, nodes }))).toEqual([])
  })

  it('reset lists a running etcd that the kubelet did not start', async () => {
    const patroni = { pid: 77, words: ['etcd', '--data-dir=/srv/patroni'], cgroup: '' }
    expect(await stays(bare({}, [patroni]))).toEqual([
      'stays: etcd (pid 77): is running, and the kubelet did not start it',
    ])
  })

  it.each([
    ['lost+found', '/var/lib/etcd/lost+found/x', '8\n9\n', []],
    ['snapshots', '/var/lib/etcd/.snapshot/daily.0/x', '8\n9\n', []],
    ['a lost+found without its own file system', '/var/lib/etcd/lost+found/x', '8\n8\n', ['/var/lib/etcd']],
  ])('reset reports etcd data but not the directories of a file system: %s', async (_, path, devices, named) => {
    const found = await stays(bare({ [path]: '' }, [], devices))
    expect(found.map(line => line.split(': ')[1])).toEqual(named)
  })
})

function bare(
  files: Readonly<Record<string, string>> = {},
  processes: readonly FakeProcess[] = [],
  devices = '',
): FakeHost {
  const answers: Readonly<Record<string, FakeAnswer>> = {
    sh: { stdout: processAnswers(processes) },
    stat: { stdout: devices },
  }
  return fakeHost({ files, commands: ({ argv }) => answers[argv[0]] })
}

describe('CNI files of packages', () => {
  const owns = (name: string) => `#!/bin/sh\n[ "$(echo "$*" | grep -c packaged)" = 1 ]\n# ${name}\n`

  it.each([['dpkg-query'], ['rpm'], [undefined]])(
    'the search for CNI files skips files that a package owns, with the package manager %s',
    async tool => {
      const dir = await mkdtemp(join(tmpdir(), 'kadm-packages-'))
      try {
        if (tool !== undefined) await writeFile(join(dir, tool), owns(tool), { mode: 0o755 })
        const args = ['-c', unowned, 'sh', '/n/packaged.conf', '/n/flannel.conf']
        const env = { PATH: `${dir}:/nowhere` }
        await symlink('/bin/grep', join(dir, 'grep'))
        const { stdout } = spawnSync('/bin/sh', args, { env, encoding: 'utf8' })
        const free = tool === undefined ? ['/n/packaged.conf', '/n/flannel.conf'] : ['/n/flannel.conf']
        expect(stdout.trim().split('\n')).toEqual(free)
      } finally {
        await rm(dir, { recursive: true })
      }
    },
  )
})
