import { describe, expect, it } from 'vitest'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { copyAside } from '../../src/ops/copy-aside.ts'
import { emptyDir } from '../../src/ops/empty-dir.ts'
import { leftTemporaries, removeCertificates } from '../../src/ops/reset-files.ts'

const certificates = (dir: string) => ({
  [`${dir}/ca.key`]: 'k',
  [`${dir}/ca.crt`]: 'c',
  [`${dir}/sa.pub`]: 'p',
  [`${dir}/etcd/ca.key`]: 'k',
  [`${dir}/apiserver.csr`]: 'r',
  [`${dir}/renewal/apiserver.key`]: 'k',
  [`${dir}/mine.pem`]: 'm',
  [`${dir}/etcd/mine.pem`]: 'm',
})

async function below(host: FakeHost, dir: string): Promise<readonly string[]> {
  const names = await host.list(dir)
  const found = names.map(async name => {
    const path = `${dir}/${name}`
    return (await host.stat(path))?.kind === 'dir' ? [`${path}/`, ...(await below(host, path))] : [path]
  })
  return (await Promise.all(found)).flat()
}

describe('removeCertificates', () => {
  it('reset removes all certificates from the default directory, like kubeadm, and lists the foreign ones', async () => {
    const host = fakeHost({ files: certificates('/etc/kubernetes/pki') })
    const { gone, kept } = await removeCertificates(host, '/etc/kubernetes/pki')
    expect(await below(host, '/etc/kubernetes')).toEqual(['/etc/kubernetes/pki/'])
    expect([gone, kept]).toEqual([['/etc/kubernetes/pki/mine.pem', '/etc/kubernetes/pki/etcd/mine.pem'], []])
  })

  it('reset removes only the certificates of the cluster from another directory', async () => {
    const host = fakeHost({ files: certificates('/etc/ssl/kubernetes') })
    const { gone, kept } = await removeCertificates(host, '/etc/ssl/kubernetes')
    expect(await below(host, '/etc/ssl/kubernetes')).toEqual([
      '/etc/ssl/kubernetes/etcd/',
      '/etc/ssl/kubernetes/etcd/mine.pem',
      '/etc/ssl/kubernetes/mine.pem',
    ])
    expect([gone, kept]).toEqual([[], ['/etc/ssl/kubernetes/mine.pem', '/etc/ssl/kubernetes/etcd/mine.pem']])
  })

  it('reset ignores certificates that are already gone', async () => {
    const host = fakeHost()
    expect(await removeCertificates(host, '/etc/kubernetes/pki')).toEqual({ gone: [], kept: [] })
  })
})

describe('emptyDir', () => {
  it('reset finds the temporary files of an interrupted write by their names', async () => {
    const files = { '/etc/kubernetes/.kadm-0123456789abcdef': 'k', '/etc/kubernetes/.kadm-mine': '' }
    expect(await leftTemporaries(fakeHost({ files }))).toEqual(['/etc/kubernetes/.kadm-0123456789abcdef'])
  })

  it.each([
    ['that is a link to one', 'link', { stdout: '/data\n' }, []],
    ['behind a link on its way', 'dir', { stdout: '/data\n' }, []],
    ['but not from a link that leads nowhere', 'link', 1, ['a']],
  ] as const)('emptyDir deletes the files of a directory %s', async (_, kind, readlink, left) => {
    const host = fakeHost({ files: { '/data/a': '' }, commands: { 'readlink -e /d': readlink } })
    const stat: FakeHost['stat'] = async path => {
      const found = await host.stat(path === '/d' ? '/data' : path)
      return found && path === '/d' ? { ...found, kind } : found
    }
    await emptyDir({ ...host, stat }, '/d')
    expect(await host.list('/data')).toEqual(left)
  })

  it('emptyDir deletes the files of a directory and keeps the directory', async () => {
    const host = fakeHost({ files: { '/d/a': '', '/d/b/c': '' } })
    await emptyDir(host, '/d')
    expect([await host.list('/d'), (await host.stat('/d'))?.kind]).toEqual([[], 'dir'])
    await emptyDir(host, '/missing')
    expect(await host.stat('/missing')).toBeUndefined()
  })
})

describe('copyAside', () => {
  const files = { '/etc/kubernetes/pki/ca.key': 'k', '/etc/kubernetes/admin.conf': 'a', '/var/lib/etcd/member/x': 'x' }
  const wanted = ['/etc/kubernetes/pki', '/etc/kubernetes/admin.conf', '/etc/kubernetes/none', '/var/lib/etcd']

  it('a backup keeps the full paths below a directory that only root can read', async () => {
    const host = fakeHost({ files, commands: () => 0 })
    expect(await copyAside(host, '/root/b/run1', wanted)).toEqual(wanted.filter(path => !path.endsWith('none')))
    expect(host.calls.filter(({ verb }) => verb === 'exec').map(({ argv }) => argv.join(' '))).toEqual([
      'cp -aH -- /etc/kubernetes/pki /etc/kubernetes/admin.conf /root/b/run1/etc/kubernetes',
      'cp -aH -- /var/lib/etcd /root/b/run1/var/lib',
    ])
    const modes = ['/root/b', '/root/b/run1', '/root/b/run1/etc/kubernetes'].map(async path => host.stat(path))
    expect((await Promise.all(modes)).map(stat => stat?.mode)).toEqual([0o700, 0o700, 0o700])
  })

  it('a backup without files does not create a directory', async () => {
    const host = fakeHost({ files: { '/var/lib/etcd/x': '' } })
    await host.remove('/var/lib/etcd/x')
    expect(await copyAside(host, '/root/b/run1', ['/var/lib/etcd', '/none'])).toEqual([])
    expect(await host.stat('/root/b')).toBeUndefined()
  })

  it('a backup that fails stops the reset before it deletes files', async () => {
    const host = fakeHost({ files, commands: () => ({ code: 1, stderr: 'cp: no space left on device' }) })
    await expect(copyAside(host, '/root/b/run1', wanted)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  })
})
