import { beforeEach, describe, expect, it } from 'vitest'
import { type FakeEtcd, fakeEtcd } from '../../src/clients/etcd/fake.ts'
import type { CriContainer } from '../../src/clients/cri/cri.ts'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import { controlPlanesOf } from '../../src/cluster/cluster.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import {
  checkSnapshot,
  restoreKubeletConfig,
  restoreObjects,
  restoreStaticPods,
} from '../../src/phases/rollback/index.ts'
import { renderStaticPods } from '../../src/render/control-plane.ts'
import { kubeadmConfigMap, kubeletConfigMap } from '../../src/render/objects/config-map.ts'
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
const configs = [
  kubeadmConfigMap(old),
  kubeletConfigMap(old),
  { ...kubeadmConfigMap(old), metadata: { name: 'coredns', namespace: 'kube-system' } },
]
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

describe('rollback/objects', () => {
  it.each([
    [true, ['kubeadm-config', 'kubelet-config', 'coredns']],
    [false, ['coredns']],
  ])('the configuration of the cluster is restored from the first control plane: %s', async (restoresConfig, names) => {
    const objects = JSON.stringify(configs)
    await host.writeFile({ path: `${backup}/objects.json`, content: objects, mode: 0o600 })
    const { changes } = await runPhase(restoreObjects, { host, request: { run: 'test', restoresConfig } })
    expect(changes).toEqual([
      ...names.map(name => `object ConfigMap kube-system/${name}`),
      `file ${backup}/rolled-back`,
    ])
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

it('rollback leaves out a flag that the installed kubelet no longer knows', async () => {
  const env = '/var/lib/kubelet/kubeadm-flags.env'
  const newer = fakeHost({ commands: () => ({ stdout: 'Kubernetes v1.36.3\n' }) })
  const flags = 'KUBELET_KUBEADM_ARGS="--v=2 --pod-infra-container-image=pause:3.10"\n'
  await newer.writeFile({ path: `${backup}${env}`, content: flags })
  await runPhase(restoreKubeletConfig, { host: newer, request: { run: 'test' } })
  expect(Buffer.from((await newer.readFile(env)) ?? []).toString()).toBe('KUBELET_KUBEADM_ARGS="--v=2"\n')
})

describe('the snapshot of etcd', () => {
  const container = (end: Partial<CriContainer>): CriContainer => ({
    ...{ id: '1', name: 'etcdutl', pod: 'kadm-etcd-restore-test-cp1', namespace: 'kube-system', state: 'exited' },
    ...{ createdAt: new Date(), attempt: 0, logPath: '/var/log/pods/restore.log', ...end },
  })
  const restore = (end: Partial<CriContainer> = { exitCode: 0 }) =>
    runPhase(restoreStaticPods, {
      ...{ host, etcd: etcdWith('3.7.0'), cluster: old, cri: fakeCri({ containers: [container(end)] }) },
      request: { run: 'test', etcdUpgrade: true, restoreSnapshot: true },
    })
  const data = '/var/lib/etcd'
  const before = `${data}/before-restore-test/member`
  const exchange = `exchange ${data}/member ${before} ${data}/restored/member`
  const lookedAt = (changes: readonly string[]) =>
    exec(changes)
      .map(one => one.replace(/^exec sh -c .*mv -T.* sh /s, 'exchange '))
      .filter(one => /exchange|restore-|(file|remove) .*manifests\/(kadm-|etcd|kube-apiserver)|downgrade/.test(one))

  it('rollback restores the snapshot while etcd is stopped, keeps the earlier data, and does not downgrade etcd', async () => {
    const { changes, results } = await restore()
    expect(lookedAt(changes)).toEqual([
      'remove /etc/kubernetes/manifests/kube-apiserver.yaml',
      'remove /etc/kubernetes/manifests/etcd.yaml',
      `file ${manifest('kadm-etcd-restore')}`,
      `remove ${manifest('kadm-etcd-restore')}`,
      `dir ${data}/before-restore-test`,
      exchange,
      'file /etc/kubernetes/manifests/etcd.yaml',
      'file /etc/kubernetes/manifests/kube-apiserver.yaml',
    ])
    expect(results).toContainEqual(['etcdBefore', `${data}/before-restore-test`])
  })

  it('rollback continues an interrupted restore with the data that etcdutl had completed', async () => {
    await host.writeFile({ path: `${before}/snap/db`, content: 'upgraded' })
    const changes = lookedAt((await restore()).changes)
    expect(changes).toContain(exchange)
    expect(changes).not.toContain(`file ${manifest('kadm-etcd-restore')}`)
  })

  it('rollback does not restore a snapshot twice', async () => {
    await install(old)
    await host.writeFile({ path: `${before}/snap/db`, content: 'upgraded' })
    await host.writeFile({ path: `${data}/member/snap/db`, content: 'restored' })
    expect((await restore()).changes).toEqual([])
  })

  it('rollback reports what etcdutl printed when it cannot restore the snapshot, and leaves the data', async () => {
    await host.writeFile({ path: '/var/log/pods/restore.log', content: 'stderr F Error: no space left on device\n' })
    const error = await restore({ exitCode: 1 }).then(
      () => undefined,
      error => error as KadmError,
    )
    expect(error).toMatchObject({ code: 'COMPONENT_FAILED', output: expect.stringContaining('no space left') })
  })
})

describe('rollback/check-snapshot', () => {
  const silent = new KadmError('ETCD_UNREACHABLE', 'etcd at https://10.0.0.1:2379 cannot be reached')
  const unreachable: FakeEtcd = { ...fakeEtcd(), members: () => Promise.reject(silent) }
  const check = (etcd: FakeEtcd, answers: { readonly checksum?: number; readonly found?: string }) => {
    const commands = ({ argv }: { readonly argv: readonly string[] }) =>
      argv[0] === 'grep' ? { stdout: answers.found ?? '' } : (answers.checksum ?? 0)
    const request = { run: 'test', restoreSnapshot: true }
    return runPhase(checkSnapshot, { host: fakeHost({ commands }), etcd, cluster: old, request })
  }
  const urls = (...hosts: readonly string[]) => hosts.map(host => `"peerURLs":["https://${host}:2380"\n`).join('')
  const several = fakeEtcd({
    members: ['a', 'b', 'c'].map((name, i) => ({
      id: String(i),
      name,
      peerUrls: [name],
      clientUrls: [name],
      learner: false,
    })),
  })

  it.each([
    ['a snapshot whose checksum differs', unreachable, { checksum: 1 }, /missing or damaged/],
    ['an etcd of three members', several, {}, /etcd has 3 members/],
    [
      'a silent etcd whose snapshot names two members',
      unreachable,
      { found: urls('a', 'b', 'a') },
      /etcd has 2 members/,
    ],
  ])('rollback refuses to restore %s', async (_, etcd, answers, message) => {
    await expect(check(etcd, answers)).rejects.toThrow(message)
  })

  it('rollback refuses to restore the snapshot of an etcd with its log in another directory', async () => {
    const text = Buffer.from((await host.readFile(`${backup}${manifest('etcd')}`)) ?? '').toString()
    await host.writeFile({
      path: `${backup}${manifest('etcd')}`,
      content: text.replace('    - --data-dir', '    - --wal-dir=/wal\n    - --data-dir'),
    })
    const request = { run: 'test', restoreSnapshot: true }
    const checking = runPhase(checkSnapshot, { host, etcd: fakeEtcd(), cluster: old, request })
    await expect(checking).rejects.toThrow(/etcd keeps its log in \/wal/)
  })

  it('rollback accepts the snapshot of a silent etcd that names one member', async () => {
    await check(unreachable, { found: urls('a', 'a') })
  })
})
