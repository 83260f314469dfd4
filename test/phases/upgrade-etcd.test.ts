import { beforeEach, expect, it } from 'vitest'
import type { EtcdMember } from '../../src/clients/etcd/etcd.ts'
import { type FakeEtcdOptions, fakeEtcd, fakeMember } from '../../src/clients/etcd/fake.ts'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import { controlPlanesOf } from '../../src/cluster/cluster.ts'
import type { FakeHost } from '../../src/host/fake.ts'
import { upgradeEtcd } from '../../src/phases/control-plane/index.ts'
import { renderStaticPods } from '../../src/render/control-plane.ts'
import { toYaml } from '../../src/yaml/write.ts'
import { makeNode, makeRequest } from '../fixtures/cluster.ts'
import { machine } from './kubelet-machine.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const nodes = [makeNode({ advertiseAddress: '10.0.0.1' })]
const target = quickCluster({ nodes, config: { kubernetesVersion: 'v1.37.2' } })
const members = (count: number): readonly EtcdMember[] =>
  Array.from({ length: count }, (_, i) => fakeMember(`${i + 1}`, `cp${i + 1}`, `10.0.0.${i + 1}`))
const etcdYaml = 'file /etc/kubernetes/manifests/etcd.yaml'
let host: FakeHost

beforeEach(async () => {
  host = machine()
  const old = quickCluster({ nodes, config: { kubernetesVersion: 'v1.36.3' } })
  const [node] = controlPlanesOf(old)
  if (node === undefined) throw new Error('the cluster has no control plane')
  for (const [component, pod] of renderStaticPods(old, node))
    await host.writeFile({ path: `/etc/kubernetes/manifests/${component}.yaml`, content: toYaml(pod), mode: 0o600 })
})

function upgrade(options: FakeEtcdOptions, downgradesTo?: string) {
  const etcd = fakeEtcd(options)
  const status: typeof etcd.status = async at => ({
    ...(await etcd.status(at)),
    ...(downgradesTo === undefined ? {} : { downgradesTo }),
  })
  const kube = fakeKube()
  const timeouts = { ...makeRequest().timeouts, etcdAPICall: 20 }
  const request = { from: 'v1.36.3', certificateRenewal: false, timeouts }
  const outcome = runPhase(upgradeEtcd, { host, kube, etcd: { ...etcd, status }, cluster: target, request })
  return { outcome, kube }
}

const leases = (kube: ReturnType<typeof fakeKube>) =>
  kube.calls.filter(({ verb, what }) => verb !== 'get' && what.startsWith('Lease')).map(({ verb }) => verb)

it('the only member of etcd is replaced without a lock in the cluster', async () => {
  const { outcome, kube } = upgrade({ members: members(1) })
  expect((await outcome).changes).toContain(etcdYaml)
  expect(leases(kube)).toEqual([])
})

it('one of several members of etcd is replaced while no other host stops or changes a member', async () => {
  const { outcome, kube } = upgrade({ members: members(3) })
  expect((await outcome).changes).toContain(etcdYaml)
  expect(leases(kube)).toEqual(['create', 'update'])
})

it('a member of etcd is not stopped while another one is down, and nothing changes', async () => {
  const { outcome } = upgrade({ members: members(3), down: ['https://10.0.0.3:2379'] })
  await expect(outcome).rejects.toMatchObject({
    code: 'ETCD_REFUSED',
    message: expect.stringContaining('cp2 (healthy), cp3 (connection refused)'),
  })
  const manifest = Buffer.from((await host.readFile('/etc/kubernetes/manifests/etcd.yaml')) ?? []).toString()
  expect(manifest).toContain('etcd:3.6.8-0')
})

it('a downgrade that a rollback of some members left enabled ends before a member is upgraded', async () => {
  const { changes } = await upgrade({ members: members(3) }, '3.6.0').outcome
  expect(changes.indexOf('member end of the downgrade of etcd')).toBeGreaterThanOrEqual(0)
  expect(changes.indexOf('member end of the downgrade of etcd')).toBeLessThan(changes.indexOf(etcdYaml))
})

it('a downgrade ends also when the member has the target version already', async () => {
  const [node] = controlPlanesOf(target)
  if (node === undefined) throw new Error('the cluster has no control plane')
  for (const [component, pod] of renderStaticPods(target, node))
    await host.writeFile({ path: `/etc/kubernetes/manifests/${component}.yaml`, content: toYaml(pod), mode: 0o600 })
  expect((await upgrade({ members: members(3) }, '3.6.0').outcome).changes).toEqual([
    'member end of the downgrade of etcd',
  ])
})
