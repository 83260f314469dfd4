import { describe, expect, it } from 'vitest'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import { reviveComponents, reviveEtcd, reviveNode, startKubelet } from '../../src/phases/certs-revive/index.ts'
import { renderKubeletKubeconfig } from '../../src/render/kubeconfig.ts'
import {
  caPem,
  cluster as worker,
  currentPem,
  kubeletConf,
  machine,
  restarted,
  running,
  server,
} from './kubelet-machine.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const manifest = (name: string, flags: readonly string[] = []) =>
  JSON.stringify({ metadata: { name }, spec: { containers: [{ name, image: 'x:1', command: flags }] } })
const files = {
  [kubeletConf]: renderKubeletKubeconfig({ server, caPem, certificate: currentPem }),
  [currentPem]: 'a certificate',
  '/etc/kubernetes/manifests/kube-apiserver.yaml': manifest('kube-apiserver'),
}
const container = (name: string) => ({
  ...{ id: name, name, pod: `${name}-cp1`, namespace: 'kube-system', state: 'running' as const },
  ...{ createdAt: new Date(Date.now() - 60_000), attempt: 0, logPath: '' },
})
const api = () => fakeCri({ containers: [container('kube-apiserver')] })
const answering = (status: number) => async () => ({ status, body: '' })

describe('the kubelet of an expired cluster', () => {
  it('the kubelet restarts if it started before its certificate was written, and not again', async () => {
    const host = machine(files)
    expect((await runPhase(startKubelet, { host, cri: api() })).changes).toEqual(restarted)
    expect((await runPhase(startKubelet, { host: running(host), cri: api() })).changes).toEqual([])
  })

  it.each([
    ['is stopped before the kubelet starts if it does not answer', 500, ['restart kube-system/kube-apiserver-cp1']],
    ['keeps running if it is healthy', 200, []],
    ['keeps running if it refuses anonymous requests', 401, []],
  ])('an API server %s', async (_, status, stopped) => {
    const { changes } = await runPhase(startKubelet, { host: machine(files), cri: api(), probe: answering(status) })
    expect(changes).toEqual([...stopped, ...restarted])
  })
})

describe('the components of an expired cluster', () => {
  it('the controller-manager and the scheduler restart because they read their kubeconfigs only once', async () => {
    const names = ['kube-controller-manager', 'kube-scheduler']
    const pods = names.map(name => [`/etc/kubernetes/manifests/${name}.yaml`, manifest(name, ['--kubeconfig=/k.conf'])])
    const host = machine({ ...files, ...Object.fromEntries(pods), '/k.conf': '' })
    const { changes } = await runPhase(reviveComponents, { host, cri: fakeCri({ containers: names.map(container) }) })
    expect([...changes].sort()).toEqual(names.map(name => `restart kube-system/${name}-cp1`))
  })

  it('an external etcd is not waited for', () => {
    const external = { endpoints: ['https://10.0.0.9:2379'] }
    const cluster = quickCluster({ config: { etcd: { external } } })
    const [node] = cluster.nodes
    if (node?.role !== 'control-plane') throw new Error('no control plane')
    expect(reviveEtcd.skip?.({ cluster, node, request: {} as never })).toBe('etcd is external')
  })
})

describe('the Node of an expired cluster', () => {
  const at = (ms: number) => new Date(Date.now() + ms).toISOString()
  const node = (status: 'True' | 'False'): KubeObject => ({
    ...{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'w1' } },
    status: { conditions: [{ type: 'Ready', status, lastHeartbeatTime: at(-600_000) }] },
  })
  const lease = (renewTime: string): KubeObject => ({
    ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
    ...{ metadata: { name: 'w1', namespace: 'kube-node-lease' }, spec: { renewTime } },
  })
  const one = (objects: readonly KubeObject[]) => ({
    ...{ cluster: worker, host: machine(files), kube: fakeKube({ objects }) },
    request: { timeouts: { kubeletHealthCheck: 5 } as never },
  })

  it('a Node that reports and is Ready ends the wait', async () => {
    expect((await runPhase(reviveNode, one([node('True'), lease(at(1000))]))).changes).toEqual([])
  })

  it.each<readonly [string, readonly KubeObject[], string]>([
    ['was Ready only before', [node('True'), lease(at(-300_000))], 'the kubelet of w1 does not report to the cluster'],
    ['reports and is not Ready', [node('False'), lease(at(1000))], 'the Node w1 is not ready'],
    ['does not exist', [], 'the cluster has no Node w1'],
  ])('the wait for a Node that %s ends with its state', async (_, objects, message) => {
    await expect(runPhase(reviveNode, one(objects))).rejects.toMatchObject({
      code: 'TIMEOUT',
      problems: expect.arrayContaining([{ message }]),
    })
  })
})
