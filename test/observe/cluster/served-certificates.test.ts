import { expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import { etcdServerOf } from '../../../src/observe/cluster/served-certificates.ts'

function manifest(urls: string): string {
  const command = ['etcd', `--listen-client-urls=${urls}`]
  const container = { name: 'etcd', image: 'registry.k8s.io/etcd:3.7.0-0', command }
  return JSON.stringify({ metadata: { name: 'etcd' }, spec: { containers: [container] } })
}

it.each([
  ['IPv4', 'https://127.0.0.1:2379,https://10.0.0.1:2379', 'https://127.0.0.1:2379'],
  ['IPv6', 'https://[::1]:2379,https://[fd00::1]:2379', 'https://[::1]:2379'],
  ['an address alone', 'https://10.0.0.1:2379', 'https://10.0.0.1:2379'],
])('the etcd of a host is asked where it listens: %s', async (_, urls, url) => {
  const host = fakeHost({ files: { '/etc/kubernetes/manifests/etcd.yaml': manifest(urls) } })
  expect(await etcdServerOf(host)).toBe(url)
})

it('an etcd without a manifest is asked on its default port', async () => {
  expect(await etcdServerOf(fakeHost())).toBe('https://127.0.0.1:2379')
})
