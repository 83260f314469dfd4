import { expect, it } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { isSecret } from '../../src/cluster/secret.ts'
import { init } from '../../src/phases/pipelines.ts'
import { upgradeApply, upgradeDiff } from '../../src/phases/upgrade-pipelines.ts'
import { makeRequest } from '../fixtures/cluster.ts'
import { clusters } from './clusters.ts'
import { rehearse } from './dry-runs.ts'
import { makeReady, makeSession, type Recorded, runPhases } from './run-phases.ts'
import { preparedWorld } from './worlds.ts'

/** Texts by file and object. Secrets, and what an upgrade keeps of itself, are not part of a diff. */
function written({ changes }: Recorded): Readonly<Record<string, string>> {
  const texts = changes.flatMap(({ changes: made }) =>
    made.flatMap(({ kind, on, what, after }) => {
      if ((kind !== 'file' && kind !== 'object') || after === undefined || isSecret(after)) return []
      if (/^\/var\/lib\/kadm\/|^\/etc\/kubernetes\/pki\//.test(what)) return []
      return [[`${on} ${what}`, Buffer.from(after).toString()] as const]
    }),
  )
  return Object.fromEntries(texts)
}

it.each(clusters)(
  'upgrade apply with $title writes exactly the texts that upgrade diff shows',
  async ({ cluster, request }) => {
    const at = (kubernetesVersion: string): Cluster => ({
      ...cluster,
      config: { ...cluster.config, kubernetesVersion },
    })
    const [old, target] = [at('v1.36.3'), at('v1.37.2')]
    const { world } = await preparedWorld(old)
    await runPhases(world, old, init(old, request))
    await makeReady(world.kube, old)
    const asked = makeRequest({ from: 'v1.36.3', etcdUpgrade: true, certificateRenewal: true })
    const targets = target.nodes.map(node => ({ cluster: target, node, request: asked }))
    const shown = await rehearse(world, target, upgradeDiff(targets), makeSession(target))
    const real = await runPhases(world, target, upgradeApply(targets), { session: makeSession(target) })
    expect(Object.keys(written(shown.recorded)).length).toBeGreaterThan(5)
    expect(written(real)).toEqual(written(shown.recorded))
  },
)
