import { beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { nodeFiles } from '../../src/cluster/node-files.ts'
import type { FakeHost } from '../../src/host/fake.ts'
import { type Stage, stage } from '../../src/phases/phase.ts'
import { init, join, reset } from '../../src/phases/pipelines.ts'
import { makeRequest } from '../fixtures/cluster.ts'
import { type ClusterCase, clusters } from './clusters.ts'
import { makeSession, makeWorld, runPhases, type World } from './run-phases.ts'
import { controlPlane, discover, preparedWorld, worker } from './worlds.ts'

type Of = Omit<ClusterCase, 'title'>

/** The files of one host before a command, written by it, and after the reset. */
interface Life {
  readonly before: readonly string[]
  /** `certs/ca /etc/kubernetes/pki/ca.crt 644` */
  readonly written: readonly string[]
  readonly known: readonly string[]
  /** The documented remains of a reset. */
  readonly stays: readonly string[]
  readonly after: readonly string[]
}

const lives = clusters.flatMap(({ title, ...of }) => [
  { title: `init with ${title}`, live: () => lifeOfInit(of) },
  { title: `join of a worker with ${title}`, live: () => lifeOfJoin(of, worker) },
  { title: `join of a control plane with ${title}`, live: () => lifeOfJoin(of, controlPlane) },
])

async function lifeOfInit({ cluster, request }: Of, further: readonly Stage[] = []): Promise<Life> {
  const { world, host } = await preparedWorld(cluster)
  return life(world, host, { cluster, stages: [...init(cluster, request), ...further] })
}

async function lifeOfJoin({ cluster, request }: Of, nodeOf: typeof worker): Promise<Life> {
  const { world, host: source } = await preparedWorld(cluster)
  await runPhases(world, cluster, init(cluster, request))
  const node = nodeOf('n1', '10.77.0.21')
  const joining = { ...cluster, nodes: [node] }
  const there = makeWorld(source, world.kube)
  const host = there.hostOf(joining, node)
  return life(there, host, { cluster: joining, stages: join(joining, request), source })
}

interface Command {
  readonly cluster: Cluster
  readonly stages: readonly Stage[]
  readonly source?: FakeHost
}

async function life(world: World, host: FakeHost, { cluster, stages, source }: Command): Promise<Life> {
  const before = await filesBelow(host, '/')
  const session = makeSession(cluster, source === undefined ? undefined : await discover(source))
  const { changes } = await runPhases(world, cluster, stages, { session })
  const written = changes.flatMap(({ step, changes }) =>
    changes.flatMap(({ kind, what, mode }) => (kind === 'file' ? [row(step.phase.id, what, mode)] : [])),
  )
  const request = makeRequest({ cleanupTmpDir: true, cleanupNetwork: true, fromCluster: true })
  const files = nodeFiles(cluster, request)
  const known = files.flatMap(({ path, mode, phases }) => phases.map(id => row(id, path, mode)))
  const stays = files.filter(
    ({ path, stays }) => stays === true && changes.some(one => one.changes.some(({ what }) => what === path)),
  )
  await runPhases(world, cluster, reset(cluster.nodes.map(node => ({ cluster, node, request }))))
  return {
    before,
    written: [...new Set(written)],
    known,
    stays: stays.map(({ path }) => path),
    after: await filesBelow(host, '/'),
  }
}

function row(phase: string, path: string, mode = 0): string {
  return `${phase} ${path} ${mode.toString(8)}`
}

async function filesBelow(host: FakeHost, dir: string): Promise<readonly string[]> {
  const children = (await host.list(dir)).map(name => `${dir === '/' ? '' : dir}/${name}`)
  const found = await Promise.all(
    children.map(async path => ((await host.stat(path))?.kind === 'dir' ? filesBelow(host, path) : [path])),
  )
  return found.flat().sort()
}

describe.each(lives)('the files of a host after $title', ({ live }) => {
  let found: Life
  beforeAll(async () => {
    found = await live()
  })

  it('every file that a run writes is in the table of node files with its phase and mode', () => {
    expect(found.written.length).toBeGreaterThan(4)
    expect(found.written.filter(one => !found.known.includes(one))).toEqual([])
  })

  it('a reset removes every file of the run except those that the table keeps', () => {
    expect(found.after).toEqual([...found.before, ...found.stays].sort())
  })
})

it('every row of the table of node files belongs to a phase that writes it', async () => {
  const [stacked] = clusters
  if (stacked === undefined) throw new Error('no cluster')
  const all = [await lifeOfInit(stacked), await lifeOfJoin(stacked, worker), await lifeOfJoin(stacked, controlPlane)]
  const written = new Set(all.flatMap(one => one.written))
  expect(all[0]?.known.filter(one => !written.has(one))).toEqual([])
})

it('the reset test detects a phase that writes a file outside the table', async () => {
  const [stacked] = clusters
  if (stacked === undefined) throw new Error('no cluster')
  const { cluster, request } = stacked
  const path = '/etc/crictl.yaml'
  const phase = {
    id: 'crictl/config',
    title: 'Configure crictl',
    about: 'Writes the configuration of crictl.',
    run: ({ host }: { readonly host: Pick<FakeHost, 'writeFile'> }) =>
      host.writeFile({ path, content: '', mode: 0o644 }),
  }
  const targets = cluster.nodes.map(node => ({ cluster, node, request }))
  const found = await lifeOfInit(stacked, [stage({ id: 'crictl', targets, atOnce: 1, rows: [phase] })])
  expect(found.written.filter(one => !found.known.includes(one))).toEqual([`crictl/config ${path} 644`])
  expect(found.after).toEqual([...found.before, path].sort())
})
