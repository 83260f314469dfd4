import { type FakeCri, fakeCri } from '../../src/clients/cri/fake.ts'
import type { CriContainer } from '../../src/clients/cri/cri.ts'
import { type FakeEtcd, fakeEtcd, fakeMember } from '../../src/clients/etcd/fake.ts'
import { type FakeKube, fakeKube } from '../../src/clients/kube/fake.ts'
import type { Cluster, Node } from '../../src/cluster/cluster.ts'
import type { Discovered, Session } from '../../src/cluster/session.ts'
import type { Clients } from '../../src/compose/clients.ts'
import { compose } from '../../src/compose/compose.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import type { FakeHost } from '../../src/host/fake.ts'
import { readIssuer } from '../../src/observe/pki/issuer.ts'
import type { Stage } from '../../src/phases/phase.ts'
import type { Change, Event, Step } from '../../src/pipeline/events.ts'
import { execute } from '../../src/pipeline/execute.ts'
import { makePlan, oneByOne } from '../../src/pipeline/plan.ts'
import { makeKeySource } from '../../src/pki/key-source.ts'
import { type FakeNode, fakeNode } from './fake-node.ts'

/** Hosts, API and runtime in memory. A run leaves its state for the next one. */
export interface World {
  /** Answers after a kubelet has started. */
  readonly kube: FakeKube
  readonly etcd: FakeEtcd
  readonly hosts: ReadonlyMap<string, FakeHost>
  readonly hostOf: (cluster: Cluster, node: Node) => FakeHost
  readonly images: Set<string>
  /** Runs the components that read their kubeconfigs only when they start. */
  readonly runtime: FakeCri
  /** The control plane that the join reads from. */
  readonly source?: FakeHost
}

/**
 * `source` is the control plane that signs for a kubelet, `api` is its cluster's. Without them each host has the CA
 * itself.
 */
export function makeWorld(source?: FakeHost, api?: FakeKube): World {
  const hosts = new Map<string, FakeNode>()
  const starts = (peerUrl: string, id: string) =>
    [...hosts.values()].map(host => host.startEtcd(peerUrl, id)).find(name => name !== undefined)
  const etcd = fakeEtcd({ members: [fakeMember('1', 'cp1', '10.77.0.11')], starts })
  const down = new KadmError('API_UNREACHABLE', 'connection refused')
  const up = () => source !== undefined || [...hosts.values()].some(host => host.started())
  const kube = api ?? fakeKube({ defaults: withServerFields, fail: () => (up() ? undefined : down) })
  const hostOf = (cluster: Cluster, node: Node): FakeHost => {
    const known = hosts.get(node.name)
    if (known !== undefined) return known
    const made: FakeNode = fakeNode({
      name: node.name,
      kubeletVersion: cluster.config.kubernetesVersion,
      address: node.facts.defaultAddress ?? '',
      kube,
      issuer: () => readIssuer(source ?? made, cluster, 'ca', 'kubelet'),
    })
    hosts.set(node.name, made)
    return made
  }
  const runtime = fakeCri({ containers: ['kube-controller-manager', 'kube-scheduler'].map(runningSince(new Date())) })
  return { kube, etcd, hosts, hostOf, runtime, images: new Set(), ...(source === undefined ? {} : { source }) }
}

export interface Recorded {
  readonly events: readonly Event[]
  /** The changes of each step, in the order in which the steps ended. */
  readonly changes: readonly { readonly step: Step; readonly changes: readonly Change[] }[]
  /** Rows of the plan, each of lanes, by the ids of their phases. */
  readonly rows: readonly (readonly (readonly string[])[])[]
}

/** Generated values of a run. A dry run and the real one after it can share them. */
export function makeSession(cluster: Cluster, discovered?: Discovered): Session {
  return {
    run: 'test',
    startedAt: new Date(),
    signal: new AbortController().signal,
    key: makeKeySource(cluster.config.encryptionAlgorithm).key,
    ...(discovered === undefined ? {} : { discovered }),
  }
}

export interface PhasesOptions {
  readonly session?: Session
  readonly dryRun?: boolean
}

/** Runs a pipeline as the product composes it, with fakes instead of its clients. */
export async function runPhases(
  world: World,
  cluster: Cluster,
  stages: readonly Stage[],
  { session = makeSession(cluster), dryRun = false }: PhasesOptions = {},
): Promise<Recorded> {
  const events: Event[] = []
  const plan = makePlan('test', stages, {})
  const hosts = new Map(cluster.nodes.map(node => [node, world.hostOf(cluster, node)]))
  const parts = { session, hosts, ...(world.source === undefined ? {} : { source: world.source }) }
  const { open, close } = compose({ ...parts, ...(dryRun ? { dryRun: { newCluster: true } } : {}) }, fakeClients(world))
  try {
    await execute(dryRun ? oneByOne(plan) : plan, open, session, event => events.push(event))
  } finally {
    close()
  }
  const changes = events.flatMap(event =>
    event.type === 'step-done' ? [{ step: event.step, changes: event.changes }] : [],
  )
  const rows = plan.stages.flatMap(stage =>
    stage.nodes.flatMap(node => {
      const gate = stage.gateOf(node)
      return gate === undefined ? stage.rowsOf(node) : [...stage.rowsOf(node), [[gate]]]
    }),
  )
  return { events, changes, rows: rows.map(row => row.map(lane => lane.map(step => step.phase.id))) }
}

/** Clients of the fakes for any credentials: the product still reads the credentials from the hosts. */
function fakeClients(world: World): Clients {
  // The cluster continues after a run closes its clients.
  const close = () => undefined
  const rehearsal = world.kube.rehearsal()
  return {
    kube: ({ dryRun }) => ({ ...world.kube, ...(dryRun === true ? rehearsal : {}), close }),
    cri: () => rememberingCri(world),
    etcd: async () => ({ ...world.etcd, close }),
    probe: () => world.kube.probe('/healthz'),
  }
}

function runningSince(createdAt: Date) {
  return (name: string): CriContainer => ({
    ...{ id: name, name, pod: `${name}-cp1`, namespace: 'kube-system', state: 'running' },
    ...{ createdAt, attempt: 0, logPath: `/var/log/pods/${name}/${name}/0.log` },
  })
}

function rememberingCri({ images, runtime }: Pick<World, 'images' | 'runtime'>) {
  const cri = fakeCri({ images: [...images], cgroupDriver: 'systemd' })
  const { containers, restartContainer } = runtime
  return { ...cri, containers, restartContainer, pullImage: async (image: string) => void images.add(image) }
}

/** Fields that a server adds, so that a second run finds them. */
function withServerFields<T extends { readonly kind: string; readonly spec?: unknown }>(object: T): T {
  if (object.kind !== 'Service' && object.kind !== 'Deployment') return object
  const spec = object.spec as Readonly<Record<string, unknown>>
  return object.kind === 'Service'
    ? { ...object, spec: { sessionAffinity: 'None', internalTrafficPolicy: 'Cluster', ...spec } }
    : { ...object, spec: { progressDeadlineSeconds: 600, ...spec } }
}

/** The kubelets report that their Nodes are ready. */
export async function makeReady(kube: FakeKube, { nodes }: Cluster): Promise<void> {
  for (const { name } of nodes) {
    const node = await kube.get({ apiVersion: 'v1', kind: 'Node', name })
    if (node === undefined) throw new Error(`the Node ${name} is not registered`)
    await kube.update({ ...node, status: { conditions: [{ type: 'Ready', status: 'True' }] } })
  }
}
