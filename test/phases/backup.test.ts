import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../src/host/fake.ts'
import { backup } from '../../src/phases/backup/index.ts'
import { makeNode, makeRequest } from '../fixtures/cluster.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const request = { backupDir: '/root/backup' }
const folder = '/root/backup/test'
const files = {
  '/etc/kubernetes/pki/ca.key': 'key',
  '/etc/kubernetes/manifests/etcd.yaml': 'manifest',
  '/etc/kubernetes/admin.conf': 'credentials',
  '/var/lib/etcd/member/snap/db': 'data',
  '/var/lib/kubelet/config.yaml': 'configuration',
}

/** A host with these files, on which every command succeeds. */
function machine(present: Readonly<Record<string, string>> = files) {
  const answer = ({ argv }: { readonly argv: readonly string[] }) =>
    argv[0] === 'readlink' ? { stdout: `${argv.at(-1)}\n` } : 0
  return fakeHost({ files: present, commands: answer })
}

const copies = (changes: readonly string[]) => changes.filter(change => change.startsWith('exec cp '))

describe('backup', () => {
  it('backup copies certificates, manifests and kubeconfigs, but not the data of etcd or the kubelet', async () => {
    const { changes, results } = await runPhase(backup, { host: machine(), request })
    const target = `${folder}/etc/kubernetes`
    const words = copies(changes).map(change => change.split(' -- ')[1])
    expect(words).toEqual([`/etc/kubernetes/pki /etc/kubernetes/manifests /etc/kubernetes/admin.conf ${target}`])
    expect(results).toEqual([['backup', folder]])
  })

  it('backup creates a directory that only root can read', async () => {
    const host = machine()
    await runPhase(backup, { host, request })
    for (const path of ['/root/backup', folder, `${folder}/etc/kubernetes`]) {
      expect(await host.stat(path)).toMatchObject({ kind: 'dir', mode: 0o700 })
    }
  })

  it('backup copies certificates from the certificates directory of the cluster', async () => {
    const cluster = quickCluster({ config: { certificatesDir: '/srv/pki' } })
    const host = machine({ '/srv/pki/ca.key': 'key' })
    const { changes } = await runPhase(backup, { host, request, cluster })
    expect(copies(changes)).toEqual([`exec cp -aH -- /srv/pki ${folder}/srv`])
  })

  it('backup copies nothing and reports no directory on a host without files of the cluster', async () => {
    const { changes, results } = await runPhase(backup, { host: machine({}), request })
    expect(changes).toEqual([])
    expect(results).toEqual([])
  })

  it('backup is skipped unless --backup names a directory', () => {
    const skip = (asked: { readonly backupDir?: string }) =>
      backup.skip?.({ cluster: quickCluster(), node: makeNode(), request: makeRequest(asked) })
    expect(skip(request)).toBeUndefined()
    expect(skip({})).toEqual(expect.stringContaining('--backup'))
  })
})
