import { describe, expect, it } from 'vitest'
import { controlPlanesOf } from '../../src/cluster/cluster.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { etcdLocal } from '../../src/phases/etcd/index.ts'
import { renderEtcd } from '../../src/render/etcd.ts'
import { toYaml } from '../../src/yaml/write.ts'
import { makeRequest } from '../fixtures/cluster.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const manifest = '/etc/kubernetes/manifests/etcd.yaml'

describe('etcd/local', () => {
  it('etcd/local creates the data directory before the static pod, both accessible only by root', async () => {
    const host = fakeHost()
    const { changes } = await runPhase(etcdLocal, { host })
    expect(changes).toEqual(['dir /var/lib/etcd', 'dir /etc/kubernetes/manifests', `file ${manifest}`])
    expect(await host.stat('/var/lib/etcd')).toMatchObject({ kind: 'dir', mode: 0o700 })
    expect(await host.stat(manifest)).toMatchObject({ mode: 0o600 })
  })

  it('etcd/local writes a static pod with the settings of the cluster and the node', async () => {
    const host = fakeHost()
    const cluster = quickCluster({ config: { etcd: { local: { dataDir: '/data/etcd' } } } })
    const [node] = controlPlanesOf(cluster)
    expect((await runPhase(etcdLocal, { host, cluster })).changes).toContain('dir /data/etcd')
    const text = Buffer.from((await host.readFile(manifest)) ?? '').toString()
    expect(text).toBe(node && toYaml(renderEtcd(cluster, node)))
  })

  it('etcd/local keeps the mode and content of an existing data directory', async () => {
    const host = fakeHost({ files: { '/var/lib/etcd/member/snap/db': 'data' } })
    const before = await host.stat('/var/lib/etcd')
    expect((await runPhase(etcdLocal, { host })).changes).not.toContain('dir /var/lib/etcd')
    expect((await host.stat('/var/lib/etcd'))?.mode).toBe(before?.mode)
    expect(Buffer.from((await host.readFile('/var/lib/etcd/member/snap/db')) ?? '').toString()).toBe('data')
  })

  it('etcd/local changes nothing when it runs again', async () => {
    const host = fakeHost()
    await runPhase(etcdLocal, { host })
    expect((await runPhase(etcdLocal, { host })).changes).toEqual([])
  })

  it('etcd/local is skipped only with an external etcd', () => {
    const external = quickCluster({ config: { etcd: { external: { endpoints: ['https://10.77.0.31:2379'] } } } })
    const reasons = [external, quickCluster()].flatMap(cluster =>
      controlPlanesOf(cluster).map(node => etcdLocal.skip?.({ cluster, node, request: makeRequest() })),
    )
    expect(reasons).toEqual(['etcd is external', undefined])
  })
})
