import { nothingEarlier } from '../../observe/earlier.ts'
import { joinTraces, judgeEarlierJoin, readLeftFiles } from '../../observe/earlier-run.ts'
import type { Phase } from '../phase.ts'
import { joinChecks } from './join-checks.ts'
import { runChecks } from './run-checks.ts'

/** Checks a machine that joins as a worker. Changes nothing. */
export const joinPreflight: Phase = {
  id: 'preflight',
  title: 'Run pre-flight checks',
  async run(ctx) {
    const { cluster, node, host, session } = ctx
    const traces = joinTraces(cluster)
    const ca = session.discovered?.ca
    await runChecks(ctx, joinChecks(cluster, node, session.discovered), {
      traces,
      read: async () =>
        ca === undefined ? nothingEarlier : judgeEarlierJoin(await readLeftFiles(host, traces), ca, cluster, node),
    })
  },
}
