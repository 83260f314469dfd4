import type { StaticPod } from './static-pod.ts'

/** Returns the plain HTTP URL at which an etcd reports its health, from its manifest; undefined if it has none. */
export function etcdHealthUrl({ flags }: Pick<StaticPod, 'flags'>): URL | undefined {
  const urls = (flags.get('listen-metrics-urls') ?? '').split(',')
  const url = urls.find(one => one.startsWith('http:') && URL.canParse(one))
  return url === undefined ? undefined : new URL('/readyz', url)
}
