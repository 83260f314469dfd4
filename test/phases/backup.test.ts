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

/** A host with these files, which runs every command. */
function machine(present: Readonly<Record<string, string>> = files) {
  const answer = ({ argv }: { readonly argv: readonly string[] }) =>
    argv[0] === 'readlink' ? { stdout: `${argv.at(-1)}\n` } : 0
  return fakeHost({ files: present, commands: answer })
}

const copies = (changes: readonly string[]) => changes.filter(change => change.startsWith('exec cp '))

describe('backup', () => {
  it('copies certificates, manifests and kubeconfigs, and no data of etcd or of the kubelet', async () => {
    const { changes, results } = await runPhase(backup, { host: machine(), request })
    const target = `${folder}/etc/kubernetes`
    const words = copies(changes).map(change => change.split(' -- ')[1])
    expect(words).toEqual([`/etc/kubernetes/pki /etc/kubernetes/manifests /etc/kubernetes/admin.conf ${target}`])
    expect(results).toEqual([['backup', folder]])
  })

  it('creates the directory of the copies for root alone', async () => {
    const host = machine()
    await runPhase(backup, { host, request })
    for (const path of ['/root/backup', folder, `${folder}/etc/kubernetes`]) {
      expect(await host.stat(path)).toMatchObject({ kind: 'dir', mode: 0o700 })
    }
  })

  it('copies certificates from the directory that the cluster keeps them in', async () => {
    const cluster = quickCluster({ config: { certificatesDir: '/srv/pki' } })
    const host = machine({ '/srv/pki/ca.key': 'key' })
    const { changes } = await runPhase(backup, { host, request, cluster })
    expect(copies(changes)).toEqual([`exec cp -aH -- /srv/pki ${folder}/srv`])
  })

  it('copies nothing and names no directory on a host without such files', async () => {
    const { changes, results } = await runPhase(backup, { host: machine({}), request })
    expect(changes).toEqual([])
    expect(results).toEqual([])
  })

  it('is skipped unless --backup names a directory', () => {
    const skip = (asked: { readonly backupDir?: string }) =>
      backup.skip?.({ cluster: quickCluster(), node: makeNode(), request: makeRequest(asked) })
    expect(skip(request)).toBeUndefined()
    expect(skip({})).toEqual(expect.stringContaining('--backup'))
  })
})
