import { describe, expect, it } from 'vitest'
import type { Node } from '../../src/cluster/cluster.ts'
import type { FakeHost } from '../../src/host/fake.ts'
import { init, join } from '../../src/phases/pipelines.ts'
import { type ClusterCase, clusters } from './clusters.ts'
import { mortal } from './mortal.ts'
import { makeSession, makeWorld, runPhases, type World } from './run-phases.ts'
import { controlPlane, discover, preparedWorld, worker } from './worlds.ts'

const { cluster, request } = clusters[0] as ClusterCase

/** A pipeline on hosts of its own; `run` can be called repeatedly. */
interface Scene {
  readonly world: World
  readonly hosts: readonly FakeHost[]
  readonly run: (world: World) => Promise<readonly string[]>
}

const scenes: Readonly<Record<string, () => Promise<Scene>>> = {
  async init() {
    const { world, host } = await preparedWorld(cluster)
    return { world, hosts: [host], run: there => changesOf(runPhases(there, cluster, init(cluster, request))) }
  },
  join: () => joining(worker('w1', '10.77.0.21')),
  'join as a control plane': () => joining(controlPlane('cp2', '10.77.0.21')),
}

async function joining(node: Node): Promise<Scene> {
  const { world, host: source } = await preparedWorld(cluster)
  await runPhases(world, cluster, init(cluster, request))
  const joined = { ...cluster, nodes: [node] }
  const discovered = await discover(source)
  const there = makeWorld(source, world.kube)
  return {
    world: there,
    hosts: [there.hostOf(joined, node)],
    run: w => changesOf(runPhases(w, joined, join(joined, request), { session: makeSession(joined, discovered) })),
  }
}

async function changesOf(recorded: ReturnType<typeof runPhases>): Promise<readonly string[]> {
  return (await recorded).changes.flatMap(({ changes }) => changes.map(({ kind, what }) => `${kind} ${what}`))
}

/** Every file by its path. Contents such as keys differ between runs. */
async function paths(host: FakeHost, dir = '/'): Promise<readonly string[]> {
  const children = (await host.list(dir)).map(name => `${dir === '/' ? '' : dir}/${name}`)
  const below = await Promise.all(
    children.map(async path => ((await host.stat(path))?.kind === 'dir' ? paths(host, path) : [path])),
  )
  return below.flat()
}

/** The final state. Tokens are counted, because their names are random. */
async function outcome({ world, hosts }: Scene): Promise<readonly string[]> {
  const nameOf = (name: string) => name.replace(/^(bootstrap-token-).*/, '$1')
  const objects = world.kube.objects().map(({ kind, metadata }) => `${kind} ${nameOf(metadata.name)}`)
  return [...(await Promise.all(hosts.map(host => paths(host)))).flat(), ...objects].sort()
}

describe.each(Object.entries(scenes))('killed runs: %s', (_, make) => {
  it('a second run completes a run that was killed before any one of its changes', async () => {
    const whole = await make()
    await whole.run(whole.world)
    const wanted = await outcome(whole)
    let lives = 0
    for (; ; lives++) {
      const scene = await make()
      const { world, dead } = mortal(scene.world, lives)
      await scene.run(world).catch(() => undefined)
      if (!dead()) break
      await scene.run(scene.world)
      expect(await outcome(scene), `killed after ${lives} changes`).toEqual(wanted)
      expect(await scene.run(scene.world), `killed after ${lives} changes`).toEqual([])
    }
    expect(lives).toBeGreaterThan(5)
  }, 300_000)
})
