import { expect, it } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.ts'
import type { Discovered } from '../../src/cluster/session.ts'
import type { Stage } from '../../src/phases/phase.ts'
import { init, join } from '../../src/phases/pipelines.ts'
import { keysOf, makePlan } from '../../src/pipeline/plan.ts'
import { type ClusterCase, clusters } from './clusters.ts'
import { makeSession, makeWorld, runPhases, type World } from './run-phases.ts'
import { controlPlane, discover, preparedWorld, worker } from './worlds.ts'

/** The keys that phases use on a host without files, and the declared ones. */
async function keys(world: World, cluster: Cluster, stages: readonly Stage[], discovered?: Discovered) {
  const session = makeSession(cluster, discovered)
  const asked: string[] = []
  const key = (name: string) => {
    asked.push(name)
    return session.key(name)
  }
  await runPhases(world, cluster, stages, { session: { ...session, key } })
  const plan = makePlan('test', stages, {})
  const declared = cluster.nodes.flatMap(node => keysOf(plan, node).map(name => `${node.name}/${name}`))
  return { asked: asked.sort(), declared: declared.sort() }
}

it.each(clusters)('the phases of init declare every key that they request with $title', async of => {
  const { world } = await preparedWorld(of.cluster)
  const { asked, declared } = await keys(world, of.cluster, init(of.cluster, of.request))
  expect(asked.length).toBeGreaterThan(8)
  expect(declared).toEqual(asked)
})

it.each(clusters)('the phases of join declare every key that they request with $title', async (of: ClusterCase) => {
  const { world, host: source } = await preparedWorld(of.cluster)
  await runPhases(world, of.cluster, init(of.cluster, of.request))
  const joining = { ...of.cluster, nodes: [controlPlane('n1', '10.77.0.21'), worker('n2', '10.77.0.22')] }
  const there = makeWorld(source, world.kube)
  const { asked, declared } = await keys(there, joining, join(joining, of.request), await discover(source))
  expect(asked.length).toBeGreaterThan(5)
  expect(declared).toEqual(asked)
})
