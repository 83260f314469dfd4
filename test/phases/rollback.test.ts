import { beforeEach, describe, expect, it } from 'vitest'
import { type FakeEtcd, fakeEtcd } from '../../src/clients/etcd/fake.ts'
import { controlPlanesOf } from '../../src/cluster/cluster.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import type { FakeHost } from '../../src/host/fake.ts'
import { restoreKubeletConfig, restoreStaticPods } from '../../src/phases/rollback/index.ts'
import { renderStaticPods } from '../../src/render/control-plane.ts'
import { toYaml } from '../../src/yaml/write.ts'
import { machine } from './kubelet-machine.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const old = quickCluster({ config: { kubernetesVersion: 'v1.36.3' } })
const target = quickCluster({ config: { kubernetesVersion: 'v1.37.2' } })
const backup = '/var/lib/kadm/upgrades/test'
const manifest = (component: string) => `/etc/kubernetes/manifests/${component}.yaml`
const swapped = (component: string) => `file /var/lib/kadm/swap/${component}.yaml`
let host: FakeHost

async function install(cluster: typeof old, below = ''): Promise<void> {
  const [node] = controlPlanesOf(cluster)
  if (node === undefined) throw new Error('the cluster has no control plane')
  for (const [component, pod] of renderStaticPods(cluster, node))
    await host.writeFile({ path: `${below}${manifest(component)}`, content: toYaml(pod), mode: 0o600 })
}

/** An etcd whose data have a format, which a downgrade changes. */
function etcdWith(storageVersion: string): FakeEtcd {
  const etcd = fakeEtcd()
  let format = storageVersion
  return {
    ...etcd,
    status: async endpoint => ({
      ...{ endpoint, memberId: '1', version: '3.7.0', storageVersion: format, leader: '1' },
      ...{ dbSize: 1, raftIndex: 1, learner: false, errors: [] },
    }),
    async downgrade(version) {
      await etcd.downgrade(version)
      format = version
    },
  }
}

const roll = (etcd: FakeEtcd) =>
  runPhase(restoreStaticPods, { host, etcd, cluster: old, request: { run: 'test', etcdUpgrade: true } })
const exec = (changes: readonly string[]) => changes.map(one => (one.startsWith('exec setsid') ? 'watch' : one))

beforeEach(async () => {
  host = machine()
  await install(target)
  await install(old, backup)
})

describe('rollback/static-pods', () => {
  it('rollback restores one static pod after another, and etcd while kube-apiserver is stopped', async () => {
    const { changes } = await roll(etcdWith('3.7.0'))
    const alone = (component: string) => [
      swapped(component),
      'watch',
      `remove ${manifest(component)}`,
      `file ${manifest(component)}`,
      'remove /var/lib/kadm/swap',
    ]
    expect(exec(changes)).toEqual([
      ...alone('kube-scheduler'),
      ...alone('kube-controller-manager'),
      'member downgrade of etcd to 3.6.0',
      swapped('kube-apiserver'),
      swapped('etcd'),
      'watch',
      `remove ${manifest('kube-apiserver')}`,
      `remove ${manifest('etcd')}`,
      `file ${manifest('etcd')}`,
      `file ${manifest('kube-apiserver')}`,
      'remove /var/lib/kadm/swap',
    ])
    for (const component of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'])
      expect(await host.readFile(manifest(component))).toEqual(await host.readFile(`${backup}${manifest(component)}`))
  })

  it('rollback does not downgrade an etcd whose data have the earlier format', async () => {
    const { changes } = await roll(etcdWith('3.6.0'))
    expect(changes.filter(one => one.startsWith('member'))).toEqual([])
  })

  it('rollback leaves the data of an etcd that does not answer as they are, with a warning', async () => {
    const silent = new KadmError('ETCD_UNREACHABLE', 'etcd at https://10.0.0.1:2379 cannot be reached')
    const { changes, warnings } = await roll({ ...fakeEtcd(), status: () => Promise.reject(silent) })
    expect(changes).toContain(`file ${manifest('etcd')}`)
    expect(warnings).toEqual([
      'etcd does not answer, so that its data stay as they are: etcd at https://10.0.0.1:2379 cannot be reached',
    ])
  })

  it('rollback restores a manifest that an interrupted run left out', async () => {
    await install(old)
    await host.remove(manifest('kube-scheduler'))
    expect((await roll(fakeEtcd())).changes).toContain(`file ${manifest('kube-scheduler')}`)
  })

  it('rollback changes nothing when it runs again', async () => {
    await roll(etcdWith('3.7.0'))
    expect((await roll(etcdWith('3.6.0'))).changes).toEqual([])
  })
})

describe('rollback/kubelet-config', () => {
  it('rollback restores the files of the kubelet that the backup has', async () => {
    await host.writeFile({ path: `${backup}/var/lib/kubelet/config.yaml`, content: 'old' })
    await host.writeFile({ path: '/var/lib/kubelet/config.yaml', content: 'new' })
    const { changes } = await runPhase(restoreKubeletConfig, { host, request: { run: 'test' } })
    expect(changes).toEqual(['file /var/lib/kubelet/config.yaml'])
  })
})
