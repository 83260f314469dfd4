import { controlPlaneImages } from '../../cluster/images.ts'
import { nothingEarlier } from '../../observe/earlier.ts'
import {
  joinControlPlaneTraces,
  joinTraces,
  judgeEarlierControlPlaneJoin,
  judgeEarlierJoin,
  readLeftFiles,
} from '../../observe/earlier-run.ts'
import type { Phase } from '../phase.ts'
import { furtherChecks } from './further-checks.ts'
import { pullImages } from './image-pull.ts'
import { joinChecks, joinControlPlaneChecks } from './join-checks.ts'
import { runChecks } from './run-checks.ts'

/** Checks a machine that joins, and gets the images of a control plane. Changes nothing else. */
export const joinPreflight: Phase = {
  id: 'preflight',
  title: 'Run pre-flight checks',
  async run(ctx) {
    const { cluster, node, host, session, leader } = ctx
    const controls = node.role === 'control-plane'
    const filesCome = cluster.run.certificateKey !== undefined || leader !== undefined
    const traces = controls ? joinControlPlaneTraces(cluster) : joinTraces(cluster)
    const judge = controls ? judgeEarlierControlPlaneJoin : judgeEarlierJoin
    const ca = session.discovered?.ca
    const checks = [
      ...joinChecks(cluster, node, session.discovered),
      ...(controls ? joinControlPlaneChecks(cluster, node, filesCome) : []),
      ...furtherChecks,
    ]
    await runChecks(ctx, checks, {
      traces,
      read: async () =>
        ca === undefined ? nothingEarlier : judge(await readLeftFiles(host, traces), ca, cluster, node),
    })
    if (controls) await pullImages(ctx, controlPlaneImages(cluster.config))
  },
}
