import { describe, expect, it } from 'vitest'
import type { Node } from '../../src/cluster/cluster.ts'
import type { Session } from '../../src/cluster/session.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import type { Host } from '../../src/host/host.ts'
import { explainSilentEndpoint } from '../../src/observe/cluster/silent-endpoint.ts'
import { readFacts } from '../../src/observe/machine/facts.ts'
import type { PhaseFacts, Stage, Task, World } from '../../src/phases/phase.ts'
import { init, join, nodeRemove, reset } from '../../src/phases/pipelines.ts'
import { makeUntil } from '../../src/pipeline/until.ts'
import { makeRequest } from '../fixtures/cluster.ts'
import { type ClusterCase, clusters } from './clusters.ts'
import { makeSession, makeWorld, runPhases } from './run-phases.ts'
import { controlPlane, discover, preparedWorld, worker } from './worlds.ts'

const refused = new KadmError('HOST_CHANNEL', 'sshd on n1 lets this login reach no ports: AllowTcpForwarding no')

/** A host that answers commands and whose sshd forwards nothing; counts the requests. */
interface Behind {
  readonly host: Host
  readonly source?: Host
  readonly node: Node
  readonly session: Session
  readonly stages: readonly Stage[]
}

const { cluster: plain, request } = clusters[0] as ClusterCase

async function afterInit(): Promise<{ world: Awaited<ReturnType<typeof preparedWorld>>['world']; host: Host }> {
  const prepared = await preparedWorld(plain)
  await runPhases(prepared.world, plain, init(plain, request))
  return prepared
}

const commands: Readonly<Record<string, () => Promise<Behind>>> = {
  async init() {
    const { host } = await afterInit()
    return { host, node: plain.nodes[0] as Node, session: makeSession(plain), stages: init(plain, request) }
  },
  join: () => joining(worker('n1', '10.77.0.21')),
  'join as a control plane': () => joining(controlPlane('n1', '10.77.0.21')),
  async reset() {
    const { host } = await afterInit()
    const node = plain.nodes[0] as Node
    const asked = makeRequest({ cleanupTmpDir: true, cleanupNetwork: true, fromCluster: true })
    const stages = reset([{ cluster: plain, node, request: asked }])
    return { host, node, session: makeSession(plain), stages }
  },
  async 'node remove'() {
    const { host } = await afterInit()
    const stages = nodeRemove(plain, makeRequest({ name: 'gone', drainTimeoutMs: 1000 }))
    return { host, node: plain.nodes[0] as Node, session: makeSession(plain), stages }
  },
}

async function joining(node: Node): Promise<Behind> {
  const { world, host: source } = await afterInit()
  const cluster = { ...plain, nodes: [node] }
  const discovered = await discover(source as Awaited<ReturnType<typeof preparedWorld>>['host'])
  const host = makeWorld(source as Awaited<ReturnType<typeof preparedWorld>>['host'], world.kube).hostOf(cluster, node)
  return { host, source, node, session: makeSession(cluster, discovered), stages: join(cluster, request) }
}

/** Everything that uses a forwarded connection is refused and counted. */
function worldOf({ host, source, session }: Behind) {
  const asked: string[] = []
  const refuse = (what: string) => () => {
    asked.push(what)
    return Promise.reject(refused)
  }
  const behind = (one: Host): Host => ({ ...one, connect: refuse('a connection') })
  const world: World = {
    host: behind(host),
    operator: async () => host,
    ...(source === undefined ? {} : { source: behind(source) }),
    session,
    kube: refuse('the API'),
    cri: refuse('the runtime'),
    etcd: refuse('etcd'),
    probe: refuse('a probe'),
    until: makeUntil(session.signal),
    report: () => undefined,
  }
  return { world, asked }
}

/** Returns how each phase of a command ends, in order, on one host. */
async function endsOf([command, make]: readonly [string, () => Promise<Behind>]) {
  const behind = await make()
  const ends: { command: string; phase: PhaseFacts; asked: readonly string[]; failure: unknown }[] = []
  for (const task of behind.stages.flatMap(stage => stage.rowsOf(behind.node).flat(2))) {
    const { world, asked } = worldOf(behind)
    ends.push({ command, phase: task.phase, failure: await failureOf(task, world), asked })
  }
  return ends
}

const ends = (await Promise.all(Object.entries(commands).map(endsOf))).flat()
const asking = ends.filter(({ asked }) => asked.length > 0)

describe('phases without SSH forwarding', () => {
  it.each(asking)(
    'a phase fails with the error of sshd when sshd refuses forwarding: kadm $command, $phase.id',
    ({ failure }) => {
      expect(failure).toMatchObject({ code: 'HOST_CHANNEL', exitCode: 4, message: refused.message })
    },
  )

  it('more than fifteen phases are tested with an sshd that refuses forwarding', () => {
    expect(asking.length).toBeGreaterThan(15)
  })
})

describe('reads without SSH forwarding', () => {
  it('reading which runtimes answer fails with the error of sshd when it refuses forwarding', async () => {
    const { world } = worldOf(await (commands.init as () => Promise<Behind>)())
    await expect(readFacts(world.host)).rejects.toBe(refused)
  })

  it('explaining a silent endpoint fails with the error of sshd when it refuses forwarding', async () => {
    const { world } = worldOf(await (commands.init as () => Promise<Behind>)())
    const silent = new KadmError('API_UNREACHABLE', 'no answer')
    const open = () => ({ probe: () => Promise.reject(refused), close: () => undefined })
    const explained = explainSilentEndpoint(silent, { source: world.host, server: 'https://10.0.0.9:6443', open })
    await expect(explained).rejects.toBe(refused)
  })
})

async function failureOf(task: Task, world: World): Promise<unknown> {
  try {
    await task.run(world)
    return undefined
  } catch (error) {
    return error
  }
}
