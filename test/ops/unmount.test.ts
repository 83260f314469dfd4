import { describe, expect, it } from 'vitest'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { parseMounts, unmountBelow } from '../../src/ops/unmount.ts'

const mounts = [
  'overlay / overlay rw 0 0',
  '/dev/sda1 /var/lib/kubelet ext4 rw 0 0',
  'tmpfs /var/lib/kubelet/pods/a/volumes/x tmpfs rw 0 0',
  'nas:/a /var/lib/kubelet/pods/a/volumes/with\\040blank nfs rw 0 0',
  'tmpfs /var/lib/kubelet-other/x tmpfs rw 0 0',
  '',
].join('\n')

/** A host whose umount exits with `code`, after which `left` is mounted. */
function machine(code = 0, left = ''): FakeHost {
  let now = mounts
  return fakeHost({
    commands: ({ argv }) => {
      if (argv[0] === 'cat') return { stdout: now }
      now = left
      return { code, stdout: '', stderr: code === 0 ? '' : 'umount: target is busy.\n' }
    },
  })
}

const unmounted = (host: FakeHost) => host.calls.filter(({ verb }) => verb === 'exec').map(({ argv }) => argv)

it('parseMounts decodes the escaped paths of /proc/mounts', () => {
  expect(parseMounts(mounts)).toContain('/var/lib/kubelet/pods/a/volumes/with blank')
})

describe('unmountBelow', () => {
  it('unmountBelow unmounts only the mounts below the directory, the last mount first', async () => {
    const host = machine()
    await unmountBelow(host, '/var/lib/kubelet', [])
    expect(unmounted(host)).toEqual([
      ['umount', '--', '/var/lib/kubelet/pods/a/volumes/with blank', '/var/lib/kubelet/pods/a/volumes/x'],
    ])
  })

  it.each([
    ['MNT_FORCE', '--force'],
    ['MNT_DETACH', '--lazy'],
    ['UMOUNT_NOFOLLOW', '--no-canonicalize'],
  ])('unmountBelow passes the flag %s to umount as %s', async (flag, option) => {
    const host = machine()
    await unmountBelow(host, '/var/lib/kubelet', [flag])
    expect(unmounted(host)[0]?.slice(0, 2)).toEqual(['umount', option])
  })

  it('unmountBelow splits many mounts into several commands of limited length', async () => {
    const many = Array.from({ length: 450 }, (_, i) => `tmpfs /var/lib/kubelet/pods/${i} tmpfs rw 0 0\n`).join('')
    const host = fakeHost({ commands: ({ argv }) => (argv[0] === 'cat' ? { stdout: many } : 0) })
    await unmountBelow(host, '/var/lib/kubelet', [])
    const all = unmounted(host).map(argv => argv.slice(2))
    expect(all.map(paths => paths.length)).toEqual([200, 200, 50])
    expect([all[0]?.[0], all[2]?.at(-1)]).toEqual(['/var/lib/kubelet/pods/449', '/var/lib/kubelet/pods/0'])
  })

  it('unmountBelow runs no command when nothing is mounted', async () => {
    const host = machine()
    await unmountBelow(host, '/srv', [])
    expect(unmounted(host)).toEqual([])
  })

  it('unmountBelow ignores a failure of umount after which nothing is mounted, as kubeadm since 1.35', async () => {
    await expect(unmountBelow(machine(32), '/var/lib/kubelet', [])).resolves.toBeUndefined()
  })

  it('unmountBelow fails and lists the remaining mounts, so that no volume is emptied', async () => {
    const host = machine(32, 'tmpfs /var/lib/kubelet/pods/a/volumes/x tmpfs rw 0 0\n')
    await expect(unmountBelow(host, '/var/lib/kubelet', [])).rejects.toMatchObject({
      code: 'HOST_FILE',
      message: expect.stringContaining('/var/lib/kubelet/pods/a/volumes/x'),
      output: expect.stringContaining('busy'),
    })
  })
})
