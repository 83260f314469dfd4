import { describe, expect, it } from 'vitest'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import { nodeRef } from '../../src/clients/kube/kube.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import type { DrainRules, UpgradeClusterRequest } from '../../src/cluster/request.ts'
import { fakeHost } from '../../src/host/fake.ts'
import type { Phase } from '../../src/phases/phase.ts'
import {
  afterNode,
  beforeNode,
  checkDrain,
  drainForUpgrade,
  installKubelet,
  prepareKubelet,
  restartUpgraded,
  uncordonUpgraded,
} from '../../src/phases/upgrade-kubelet/index.ts'
import { untilSettled } from '../../src/phases/upgrade-kubelet/settled.ts'
import { makeNode, makeRequest } from '../fixtures/cluster.ts'
import { type OnePhase, quickCluster, runPhase } from './run-phase.ts'

const [old, target] = ['v1.36.3', 'v1.37.2']
const mark = 'kadm.io/cordoned-for-upgrade'
const cluster = quickCluster({
  nodes: [makeNode({ name: 'w1', role: 'worker' })],
  config: { kubernetesVersion: target },
})

/** Its kubelet has no health port, so that only the Node counts. */
const quietCluster = {
  ...cluster,
  kubelet: {
    tree: { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', healthzPort: 0 },
    generated: true,
  },
}

interface NodeOptions {
  readonly version?: string
  readonly cordoned?: boolean
  readonly annotations?: Record<string, string>
  /** The key of a taint with the effect NoSchedule. */
  readonly taint?: string
}

const node = (name: string, { version = old, cordoned = false, annotations = {}, taint }: NodeOptions = {}) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, annotations },
  spec: {
    ...(cordoned ? { unschedulable: true } : {}),
    ...(taint === undefined ? {} : { taints: [{ key: taint, effect: 'NoSchedule' }] }),
  },
  status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: version } },
})

const pod = (name: string, owner: string | undefined, volumes: readonly object[] = []): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    ...{ name, namespace: 'default' },
    ...(owner === undefined ? {} : { ownerReferences: [{ kind: owner, controller: true }] }),
  },
  spec: { nodeName: 'w1', volumes: volumes as never },
  status: { phase: 'Running' },
})

const cache = [{ name: 'cache', emptyDir: {} }]

/** A host whose kubelet prints this version. */
const hostWith = (version: string) => fakeHost({ commands: () => ({ stdout: `Kubernetes ${version}\n` }) })

const rules: DrainRules = { timeoutMs: 20, force: false, deleteEmptyDirData: false }
const other = node('w2')

function run(phase: Phase<UpgradeClusterRequest>, objects: readonly KubeObject[], more: OnePhase = {}, drain = rules) {
  const kube = fakeKube({ objects: [...objects] })
  const request = { binaries: { kind: 'packages' as const }, drain }
  const outcome = runPhase(phase, { cluster, kube, host: hostWith(old), request, ...more })
  return { outcome, node: () => kube.get(nodeRef('w1')) }
}

describe('the drain of an upgrade', () => {
  it.each([checkDrain, drainForUpgrade])('$id names every pod that would be lost, with its flag', async phase => {
    const pods = [pod('alone', undefined), pod('cache', 'ReplicaSet', cache), pod('agent', 'DaemonSet', cache)]
    const { outcome, node: now } = run(phase, [node('w1'), other, ...pods])
    await expect(outcome).rejects.toMatchObject({
      code: 'DRAIN_BLOCKED',
      problems: [
        { message: expect.stringMatching(/^the pod default\/alone .*--drain-force/) },
        { message: expect.stringMatching(/^the pod default\/cache .*--delete-emptydir-data/) },
      ],
    })
    expect((await now())?.spec).toEqual({})
  })

  it('the drain cordons the node with a mark, and evicts its pods', async () => {
    const all = { ...rules, force: true, deleteEmptyDirData: true }
    const pods = [pod('alone', undefined), pod('cache', 'ReplicaSet', cache)]
    const { outcome, node: now } = run(drainForUpgrade, [node('w1'), other, ...pods], {}, all)
    expect((await outcome).changes).toHaveLength(3)
    expect(await now()).toMatchObject({ metadata: { annotations: { [mark]: target } }, spec: { unschedulable: true } })
  })

  it('a node is drained although a taint of the state before is still on its only neighbor', async () => {
    const neighbor = node('cp1', { taint: 'node.kubernetes.io/unschedulable' })
    const { outcome, node: now } = run(drainForUpgrade, [node('w1'), neighbor])
    expect((await outcome).warnings).toEqual([])
    expect((await now())?.spec).toMatchObject({ unschedulable: true })
  })

  it('a node that the operator cordoned gets no mark, and stays cordoned', async () => {
    const { outcome, node: now } = run(drainForUpgrade, [node('w1', { cordoned: true }), other])
    await outcome
    expect((await now())?.metadata.annotations).toEqual({})
    const after = run(uncordonUpgraded, [node('w1', { cordoned: true })])
    expect((await after.outcome).changes).toEqual([])
    expect((await after.node())?.spec).toEqual({ unschedulable: true })
  })

  it('a node that the upgrade cordoned is uncordoned, and loses the mark', async () => {
    const { outcome, node: now } = run(uncordonUpgraded, [
      node('w1', { cordoned: true, annotations: { [mark]: target } }),
    ])
    await outcome
    expect((await now())?.spec).toMatchObject({ unschedulable: false })
    expect((await now())?.metadata.annotations?.[mark] ?? undefined).toBeUndefined()
  })

  it.each([
    ['is up to date', [node('w1', { version: target }), other], hostWith(target), []],
    ['is the only one', [node('w1')], hostWith(old), [expect.stringContaining('no other node can take pods')]],
    ['has only tainted neighbors', [node('w1'), node('cp1', { taint: 'x' })], hostWith(old), [expect.anything()]],
  ])('a node that %s is not drained', async (_, objects, host, warnings) => {
    const outcome = await run(drainForUpgrade, [...objects, pod('alone', undefined)], { host }).outcome
    expect([outcome.changes, outcome.warnings]).toEqual([[], warnings])
  })
})

describe('the commands of the operator', () => {
  it.each([
    [beforeNode, { dir: '/home/ops', before: './check' }],
    [afterNode, { dir: '/home/ops', after: './check' }],
  ])('$id runs the command where kadm was started, with the node and the version', async (phase, hooks) => {
    const operator = fakeHost({ commands: () => 0 })
    const host = hostWith(old)
    await runPhase(phase, { cluster, host, operator, request: { hooks } })
    expect(operator.calls.map(({ argv }) => argv.join(' '))).toEqual([
      `env KADM_NODE=w1 KADM_VERSION=${target} sh -c cd -- "$1" && exec sh -c "$2" sh /home/ops ./check`,
    ])
    expect(host.calls).toEqual([])
  })

  it('a command that fails stops the upgrade with its output', async () => {
    const operator = fakeHost({ commands: () => ({ code: 3, stderr: 'the canary is not healthy' }) })
    const outcome = runPhase(afterNode, { cluster, operator, request: { hooks: { dir: '/', after: './check' } } })
    await expect(outcome).rejects.toMatchObject({
      message: expect.stringContaining('the command of --after-node failed for w1'),
      output: 'the canary is not healthy',
    })
  })
})

describe('the kubelet of an upgrade', () => {
  it.each([prepareKubelet, installKubelet])('$id does nothing on a node that has the version', async phase => {
    const host = hostWith(target)
    expect((await run(phase, [node('w1')], { host }).outcome).changes).toEqual([])
    expect(host.calls.filter(({ verb }) => verb === 'exec')).toEqual([])
  })

  it('a kubelet of another version is restarted, and the phase ends when the Node reports the new one', async () => {
    const kube = fakeKube({ objects: [node('w1')] })
    const host = fakeHost({
      commands: async ({ argv }) => {
        if (argv.join(' ') === 'systemctl restart kubelet') await kube.update(node('w1', { version: target }))
        return 0
      },
      connect: () => undefined,
    })
    const request = { binaries: { kind: 'packages' as const }, drain: rules }
    const { changes } = await runPhase(restartUpgraded, { cluster: quietCluster, kube, host, request })
    expect(changes).toEqual(['exec systemctl daemon-reload', 'exec systemctl restart kubelet'])
  })

  it.each<[string, UpgradeClusterRequest['binaries'], string]>([
    ['a directory', { kind: 'directory', path: '/opt/k' }, '/var/lib/kadm/binaries/replaced/kubelet /usr/bin/kubelet'],
    ['packages', { kind: 'packages' }, 'kubelet=1.36.3-1.1'],
  ])('a kubelet from %s that does not become ready is replaced by the earlier one', async (_, binaries, words) => {
    const list = '/etc/apt/sources.list'
    const host = fakeHost({
      files: {
        '/var/lib/kadm/binaries/replaced/kubelet': 'the earlier one',
        [list]: 'deb [signed-by=/k.gpg] https://pkgs.k8s.io/core:/stable:/v1.36/deb/ /\n',
      },
      commands: ({ argv }) => {
        const line = argv.join(' ')
        if (line.includes('for name; do')) return { stdout: '/usr/bin/kubelet\n\n\n' }
        if (line.includes('grep -lsE')) return { stdout: `${list}\n` }
        if (line.includes('madison')) return { stdout: ' kubelet | 1.36.3-1.1 | https://pkgs.k8s.io\n' }
        if (line.includes('dpkg -l')) return { stdout: 'kubelet\n' }
        return 0
      },
    })
    const request = { binaries, drain: rules, timeouts: { ...makeRequest().timeouts, kubeletHealthCheck: 20 } }
    const kube = fakeKube({ objects: [node('w1')] })
    const outcome = runPhase(restartUpgraded, { cluster: quietCluster, kube, host, request })
    await expect(outcome).rejects.toMatchObject({
      message: expect.stringMatching(/the kubelet of w1 is v1\.36\.3 again$/),
    })
    const commands = host.calls.filter(({ verb }) => verb === 'exec').map(({ argv }) => argv.join(' '))
    expect(commands.some(command => command.includes(words))).toBe(true)
    expect(commands.at(-1)).toBe('systemctl restart kubelet')
  })
})

describe('a restarted kubelet of a control plane', () => {
  it('the upgrade waits until its static pods have started again, are ready, and stay', async () => {
    const began = performance.now()
    const passed = () => performance.now() - began
    // The new kubelet starts the container again, and it is ready a little later.
    const id = () => (passed() < 300 ? 'old' : 'new')
    const reported = () => ({
      metadata: {
        ...{ name: 'etcd-cp1', namespace: 'kube-system', uid: '1' },
        annotations: { 'kubernetes.io/config.source': 'file' },
      },
      status: {
        containerStatuses: [
          { name: 'etcd', ready: passed() < 300 || passed() > 600, containerID: `containerd://${id()}` },
        ],
      },
    })
    const probe = (path: string) => ({
      status: 200,
      body: path.endsWith('/proxy/pods') ? JSON.stringify({ items: [reported()] }) : 'ok',
    })
    const container = { name: 'etcd', pod: 'etcd-cp1', namespace: 'kube-system', state: 'running', attempt: 0 } as const
    const settle: Phase<UpgradeClusterRequest> = { ...restartUpgraded, run: ctx => untilSettled(ctx, 1000) }
    await runPhase(settle, {
      cluster: { ...cluster, nodes: [makeNode({ name: 'cp1' })] },
      kube: fakeKube({ probe }),
      host: fakeHost({ files: { '/etc/kubernetes/manifests/etcd.yaml': '' } }),
      cri: {
        ...fakeCri(),
        containers: async () => [{ ...container, id: id(), createdAt: new Date(), logPath: '' }],
      },
    })
    expect(passed()).toBeGreaterThan(1600)
  })
})
