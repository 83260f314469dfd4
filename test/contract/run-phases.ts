import { fakeCri } from '../../src/clients/cri/fake.ts'
import { journaledCri } from '../../src/clients/cri/journaled.ts'
import { type FakeEtcd, fakeEtcd } from '../../src/clients/etcd/fake.ts'
import { journaledEtcd } from '../../src/clients/etcd/journaled.ts'
import { type FakeKube, fakeKube } from '../../src/clients/kube/fake.ts'
import { journaledKube } from '../../src/clients/kube/journaled.ts'
import type { Cluster, Node } from '../../src/cluster/cluster.ts'
import type { Discovered, Session } from '../../src/cluster/session.ts'
import type { FakeHost } from '../../src/host/fake.ts'
import { journaled } from '../../src/host/journal.ts'
import { readIssuer } from '../../src/observe/issuer.ts'
import type { Stage } from '../../src/phases/phase.ts'
import type { Change, Event, Step } from '../../src/pipeline/events.ts'
import { execute, type Open } from '../../src/pipeline/execute.ts'
import { makePlan } from '../../src/pipeline/plan.ts'
import { makeUntil } from '../../src/pipeline/until.ts'
import { makeKeySource } from '../../src/pki/key-source.ts'
import { fakeNode } from './fake-node.ts'

/** Machines, API and runtime in memory, as a run leaves them and the next one finds them. */
export interface World {
  readonly kube: FakeKube
  readonly etcd: FakeEtcd
  readonly hostOf: (cluster: Cluster, node: Node) => FakeHost
  readonly images: Set<string>
}

/** `leader` is the control plane that signs for a kubelet; absent, each machine has the CA itself. */
export function makeWorld(leader?: FakeHost): World {
  const kube = fakeKube({ defaults: withServerFields })
  const hosts = new Map<string, FakeHost>()
  const hostOf = (cluster: Cluster, node: Node): FakeHost => {
    const known = hosts.get(node.name)
    if (known !== undefined) return known
    const made: FakeHost = fakeNode({
      name: node.name,
      kubeletVersion: cluster.config.kubernetesVersion,
      kube,
      issuer: () => readIssuer(leader ?? made, cluster, 'ca', 'kubelet'),
    })
    hosts.set(node.name, made)
    return made
  }
  return { kube, etcd: fakeEtcd(), hostOf, images: new Set() }
}

export interface Recorded {
  readonly events: readonly Event[]
  /** What each step changed, in the order in which the steps ended. */
  readonly changes: readonly { readonly step: Step; readonly changes: readonly Change[] }[]
  /** Rows of the plan, each of lanes, by the ids of their phases. */
  readonly rows: readonly (readonly (readonly string[])[])[]
}

/** Runs a pipeline as the command line does, with fakes in the place of its adapters. */
export async function runPhases(
  world: World,
  cluster: Cluster,
  stages: readonly Stage[],
  discovered?: Discovered,
): Promise<Recorded> {
  const events: Event[] = []
  const { signal } = new AbortController()
  const keys = makeKeySource(cluster.config.encryptionAlgorithm)
  const session: Session = {
    run: 'test',
    startedAt: new Date(),
    signal,
    key: keys.key,
    ...(discovered === undefined ? {} : { discovered }),
  }
  const open: Open = ({ node }, { record, report }) => ({
    cluster,
    node,
    host: journaled(world.hostOf(cluster, node), change => record({ ...change, on: node.name })),
    session,
    kube: async () => journaledKube(world.kube, record),
    cri: async () => journaledCri(rememberingCri(world), node.name, record),
    etcd: async () => journaledEtcd(world.etcd, record),
    probe: async () => 200,
    until: makeUntil(signal),
    report,
  })
  const plan = makePlan('test', cluster, stages, {})
  await execute(plan, open, session, event => events.push(event))
  const changes = events.flatMap(event =>
    event.type === 'step-done' ? [{ step: event.step, changes: event.changes }] : [],
  )
  const rows = plan.stages.flatMap(stage => stage.nodes.flatMap(node => stage.rowsOf(node)))
  return { events, changes, rows: rows.map(row => row.map(lane => lane.map(step => step.phase.id))) }
}

function rememberingCri({ images }: World) {
  const cri = fakeCri({ images: [...images], cgroupDriver: 'systemd' })
  return { ...cri, pullImage: async (image: string) => void images.add(image) }
}

/** What a server adds by itself, so that a second run meets it. */
function withServerFields<T extends { readonly kind: string; readonly spec?: unknown }>(object: T): T {
  if (object.kind !== 'Service' && object.kind !== 'Deployment') return object
  const spec = object.spec as Readonly<Record<string, unknown>>
  return object.kind === 'Service'
    ? { ...object, spec: { sessionAffinity: 'None', internalTrafficPolicy: 'Cluster', ...spec } }
    : { ...object, spec: { progressDeadlineSeconds: 600, ...spec } }
}
