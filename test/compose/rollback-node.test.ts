import { describe, expect, it } from 'vitest'
import { controlPlanesOf } from '../../src/cluster/cluster.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import { findRollbackNode, newerKubelets } from '../../src/compose/rollback-node.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { renderStaticPods } from '../../src/render/control-plane.ts'
import { kubeadmConfigMap, kubeletConfigMap } from '../../src/render/objects/config-map.ts'
import { toYaml } from '../../src/yaml/write.ts'
import { makeCluster } from '../fixtures/cluster.ts'

const clusterOf = (kubernetesVersion: string) => makeCluster({ config: { kubernetesVersion } })

interface Left {
  readonly run: string
  readonly from: string
  readonly to: string
  /** The version that the cluster stored at the time of the backup. */
  readonly stored: string
  readonly end?: 'done' | 'rolled-back'
}

/** A control plane with backups, whose API server has a version. */
function hostWith(running: string, ...backups: readonly Left[]) {
  const cluster = clusterOf(running)
  const [node] = controlPlanesOf(cluster)
  if (node === undefined) throw new Error('the cluster has no control plane')
  const pods = [...renderStaticPods(cluster, node)].map(([name, pod]) => [
    `/etc/kubernetes/manifests/${name}.yaml`,
    toYaml(pod),
  ])
  const files = backups.flatMap(({ run, from, to, stored, end }) => {
    const dir = `/var/lib/kadm/upgrades/${run}`
    const objects: readonly KubeObject[] = [kubeadmConfigMap(clusterOf(stored)), kubeletConfigMap(clusterOf(stored))]
    return [
      [`${dir}/record.json`, JSON.stringify({ run, node: 'cp1', from, to, files: [] })],
      [`${dir}/objects.json`, JSON.stringify(objects)],
      ...(end === undefined ? [] : [[`${dir}/${end}`, 'run\n']]),
    ]
  })
  return fakeHost({ files: Object.fromEntries([...pods, ...files]) })
}

const find = (host: ReturnType<typeof hostWith>) =>
  findRollbackNode(host, { kubeconfig: '/etc/kubernetes/admin.conf', restoreSnapshot: false })

const earlier: Left = { run: '1', from: 'v1.35.4', to: 'v1.36.3', stored: 'v1.35.4', end: 'done' }
const later: Left = { run: '2', from: 'v1.36.3', to: 'v1.37.2', stored: 'v1.36.3', end: 'done' }

describe('the backup that a rollback restores', () => {
  it('is the newest one', async () => {
    expect(await find(hostWith('v1.37.2', earlier, later))).toMatchObject({
      record: { run: '2' },
      request: { run: '2' },
    })
  })

  it('is the newest one for an API server whose image has no version', async () => {
    expect((await find(hostWith('v1.37.2', { ...later, from: 'build-417', to: 'build-418' }))).record.run).toBe('2')
  })

  it('is not an older one after the newest one was restored', async () => {
    const { record } = await find(hostWith('v1.36.3', earlier, { ...later, end: 'rolled-back' }))
    expect(record).toMatchObject({ run: '2', state: 'rolled back' })
  })

  it.each([
    ['kubeadm upgraded the node since', hostWith('v1.37.2', earlier)],
    ['the node was upgraded again after its rollback', hostWith('v1.37.2', { ...later, end: 'rolled-back' })],
  ])('is none if %s', async (_, host) => {
    await expect(find(host)).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      message: expect.stringContaining('and its control plane has v1.37.2'),
    })
  })

  it.each([
    ['is restored by the control plane that was upgraded first', 'v1.36.3', true],
    ['stays for a control plane that was upgraded after it', 'v1.37.2', false],
  ])('the stored configuration %s', async (_, stored, restoresConfig) => {
    expect((await find(hostWith('v1.37.2', { ...later, stored }))).request).toMatchObject({ restoresConfig })
  })
})

it('kubelets that will be newer than the API servers are named', async () => {
  const targets = [await find(hostWith('v1.37.2', later))]
  const kubelets = new Map([
    ['cp1', 'v1.37.2'],
    ['w1', 'v1.36.3'],
  ])
  expect(newerKubelets(targets, kubelets)).toEqual([
    expect.stringContaining('cp1 (v1.37.2); install kubelets of v1.36'),
  ])
  expect(newerKubelets(targets, new Map([['w1', 'v1.36.3']]))).toEqual([])
  expect(newerKubelets([], kubelets)).toEqual([])
})
