import { beforeEach, describe, expect, it } from 'vitest'
import { fakeEtcd } from '../../src/clients/etcd/fake.ts'
import { type FakeKube, fakeKube } from '../../src/clients/kube/fake.ts'
import { controlPlanesOf } from '../../src/cluster/cluster.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { readUpgradeRecords } from '../../src/observe/left/upgrade-records.ts'
import { postUpgrade } from '../../src/phases/post-upgrade/index.ts'
import { upgradeBackup } from '../../src/phases/upgrade-backup/index.ts'
import { renderStaticPods } from '../../src/render/control-plane.ts'
import { renderKubeletConfig } from '../../src/render/kubelet.ts'
import { kubeadmConfigMap } from '../../src/render/objects/config-map.ts'
import { toYaml } from '../../src/yaml/write.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const old = quickCluster({ config: { kubernetesVersion: 'v1.36.3' } })
const target = quickCluster({ config: { kubernetesVersion: 'v1.37.2' } })
const dir = '/var/lib/kadm/upgrades/test-v1.37.2'
let host: FakeHost
let kube: FakeKube

/** A control plane with the files of a cluster. */
async function install(cluster: typeof old): Promise<void> {
  const [node] = controlPlanesOf(cluster)
  if (node === undefined) throw new Error('the cluster has no control plane')
  for (const [component, pod] of renderStaticPods(cluster, node))
    await host.writeFile({ path: `/etc/kubernetes/manifests/${component}.yaml`, content: toYaml(pod), mode: 0o600 })
  await host.writeFile({ path: '/var/lib/kubelet/config.yaml', content: renderKubeletConfig(cluster, node) })
}

const backUp = (from = 'v1.36.3', etcd = fakeEtcd()) =>
  runPhase(upgradeBackup, { host, kube, etcd, cluster: target, request: { from, etcdUpgrade: true } })

const read = async (path: string) => Buffer.from((await host.readFile(path)) ?? '').toString()

beforeEach(async () => {
  host = fakeHost({ commands: () => 0 })
  kube = fakeKube()
  await kube.create(kubeadmConfigMap(old))
  await install(old)
})

describe('upgrade-backup', () => {
  it('upgrade-backup copies files, objects and etcd, and writes its record last, all for root alone', async () => {
    const { changes, results } = await backUp()
    expect(changes).toEqual([
      'dir /var/lib/kadm',
      'dir /var/lib/kadm/upgrades',
      `dir ${dir}`,
      `dir ${dir}/etc`,
      `dir ${dir}/etc/kubernetes`,
      `exec cp -aH -- /etc/kubernetes/manifests ${dir}/etc/kubernetes`,
      `dir ${dir}/var`,
      `dir ${dir}/var/lib`,
      `dir ${dir}/var/lib/kubelet`,
      `exec cp -aH -- /var/lib/kubelet/config.yaml ${dir}/var/lib/kubelet`,
      `file ${dir}/objects.json`,
      `file ${dir}/etcd.db`,
      `file ${dir}/record.json`,
    ])
    expect(results).toEqual([['backup', dir]])
    const modes = ['objects.json', 'etcd.db', 'record.json'].map(
      async name => (await host.stat(`${dir}/${name}`))?.mode,
    )
    expect(await Promise.all(modes)).toEqual([0o600, 0o600, 0o600])
    expect(await host.stat(dir)).toMatchObject({ mode: 0o700 })
  })

  it('the record of a backup has both versions, the files and the size of the snapshot', async () => {
    await backUp()
    expect(await readUpgradeRecords(host)).toEqual([
      {
        run: 'test-v1.37.2',
        node: 'cp1',
        from: 'v1.36.3',
        to: 'v1.37.2',
        files: ['/etc/kubernetes/manifests', '/var/lib/kubelet/config.yaml'],
        snapshot: 40,
        state: 'open',
      },
    ])
  })

  it('the record of a further control plane has the version of its API server, not the one that the cluster stores', async () => {
    await backUp('v1.37.2')
    expect(await readUpgradeRecords(host)).toMatchObject([{ from: 'v1.36.3', to: 'v1.37.2' }])
  })

  it('the objects of a backup have no fields of the server', async () => {
    await backUp()
    const [config] = JSON.parse(await read(`${dir}/objects.json`))
    expect(config).toEqual({
      ...kubeadmConfigMap(old),
      metadata: { name: 'kubeadm-config', namespace: 'kube-system', labels: {}, annotations: {} },
    })
  })

  it('upgrade-backup does nothing when the node has the target version', async () => {
    await install(target)
    expect((await backUp('v1.37.2')).changes).toEqual([])
  })

  it('a second try keeps the backup of the first one until the upgrade is complete', async () => {
    await backUp()
    const { changes, progress } = await backUp()
    expect(changes).toEqual([])
    expect(progress).toEqual([`keeping the backup of the first try in ${dir}`])
    await runPhase(postUpgrade, { host, cluster: target })
    expect(await readUpgradeRecords(host)).toMatchObject([{ state: 'done' }])
    expect((await backUp()).changes).toContain(`file ${dir}/record.json`)
  })

  it('a run that goes by several minor versions makes a backup for each, and none replaces another', async () => {
    const hop = quickCluster({ config: { kubernetesVersion: 'v1.36.3' } })
    await install(quickCluster({ config: { kubernetesVersion: 'v1.35.4' } }))
    const request = { from: 'v1.35.4', etcdUpgrade: true }
    await runPhase(upgradeBackup, { host, kube, cluster: hop, request })
    await install(hop)
    await runPhase(postUpgrade, { host, cluster: hop })
    await backUp()
    expect(await readUpgradeRecords(host)).toMatchObject([
      { from: 'v1.36.3', to: 'v1.37.2', state: 'open' },
      { from: 'v1.35.4', to: 'v1.36.3', state: 'done' },
    ])
  })
})
