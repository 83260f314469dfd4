import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.ts'
import type { Stage, Task } from '../../src/phases/phase.ts'
import { init } from '../../src/phases/pipelines.ts'
import { type ClusterCase, clusters } from './clusters.ts'
import { comparable, rehearse } from './dry-runs.ts'
import { makeSession, makeWorld, runPhases } from './run-phases.ts'

const { cluster, request } = clusters[0] as ClusterCase
const ids = init(cluster, request).flatMap(({ phases }) => phases.map(({ id }) => id))

/** The stages of an init that was killed before a phase; earlier phases of its row are done. */
function until(stop: string): readonly Stage[] {
  const before = ({ phase }: Task) => ids.indexOf(phase.id) < ids.indexOf(stop)
  return init(cluster, request).map(stage => ({
    ...stage,
    rowsOf: node =>
      stage
        .rowsOf(node)
        .flat(2)
        .filter(before)
        .map(task => [[task]]),
  }))
}

const changed: Cluster = {
  ...cluster,
  config: {
    ...cluster.config,
    apiServer: { ...cluster.config.apiServer, extraArgs: [{ name: 'v', value: '4' }] },
    certificateValidityPeriod: 4000 * 3_600_000,
  },
}

describe('dry run', () => {
  it.each([
    'certs/ca',
    'kubelet-start',
    'etcd/local',
    'wait-control-plane/api',
    'mark-control-plane',
    'kubelet-finalize/enable-client-cert-rotation',
    'show-join-command',
  ])('a dry run reports the changes of the next run after an init that ended before %s', async stop => {
    const world = makeWorld()
    await runPhases(world, cluster, until(stop))
    expect(ids).toContain(stop)
    const session = makeSession(cluster)
    const dry = await rehearse(world, cluster, init(cluster, request), session)
    expect(dry.after).toEqual(dry.before)
    const real = await runPhases(world, cluster, init(cluster, request), { session })
    expect(comparable(dry.recorded)).toEqual(comparable(real))
  })

  it('a dry run reports the texts before and after a change of the configuration', async () => {
    const world = makeWorld()
    await runPhases(world, cluster, init(cluster, request))
    const session = makeSession(changed)
    const dry = await rehearse(world, changed, init(changed, request), session)
    expect(dry.after).toEqual(dry.before)
    const lines = comparable(dry.recorded)
    expect(lines).toEqual(comparable(await runPhases(world, changed, init(changed, request), { session })))
    expect(lines.map(line => line.split(' | ')[2])).toEqual([
      '/etc/kubernetes/manifests/kube-apiserver.yaml',
      'ConfigMap kube-system/kubeadm-config',
    ])
    const config = lines.find(line => line.includes('ConfigMap kube-system/kubeadm-config'))
    expect(config).toMatch(/certificateValidityPeriod: 8760h.*certificateValidityPeriod: 4000h/s)
  })

  it('a dry run reports no changes when the cluster is up to date', async () => {
    const world = makeWorld()
    await runPhases(world, cluster, init(cluster, request))
    const dry = await rehearse(world, cluster, init(cluster, request), makeSession(cluster))
    expect(comparable(dry.recorded)).toEqual([])
    expect(dry.after).toEqual(dry.before)
  })
})
