import { expect, it } from 'vitest'
import { fakeHost } from '../../src/host/fake.ts'
import { mountsIn } from '../../src/host/names-in.ts'

it('mount points are directories on another device: files of an overlay have other devices, too', async () => {
  const lines = [
    '40|directory|/var/lib/etcd',
    '40|directory|/var/lib/etcd/member',
    '51|directory|/var/lib/etcd/a | b',
    '7|regular file|/var/lib/etcd/db',
    '7|symbolic link|/var/lib/etcd/link',
  ]
  const host = fakeHost({ commands: () => ({ stdout: `${lines.join('\n')}\n` }) })
  expect(await mountsIn(host, '/var/lib/etcd', ['member', 'a | b', 'db', 'link', 'gone'])).toEqual(new Set(['a | b']))
})
