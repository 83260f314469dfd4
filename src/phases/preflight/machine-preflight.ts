import { given } from '../../cluster/given.ts'
import { nothingEarlier } from '../../observe/left/earlier.ts'
import { initTraces, judgeEarlierInit } from '../../observe/left/earlier-run.ts'
import { readLeftFiles } from '../../observe/left/left-files.ts'
import type { Judgement, NodePhase, PhaseContext } from '../phase.ts'
import { checkedJoiningNode, earlierJoin } from './join-preflight.ts'
import { type CheckVerdict, type Earlier, inspect, isDowngraded } from './run-checks.ts'
import { type AskedNode, checksOf } from './table.ts'
import { withoutCluster } from './without-cluster.ts'

/** Runs every check on a future node and reports the findings. Never fails, and makes no permanent change. */
export const machinePreflight: NodePhase = {
  id: 'preflight',
  title: 'Inspect the host',
  about: 'Runs all checks of the host and reports what each one finds; no finding ends the run.',
  kubeadm: 'none',
  async run(ctx) {
    const { node, session } = ctx
    const joins = session.discovered !== undefined
    const verdicts = await inspect(ctx, checksOf(checkedNode(ctx)), joins ? earlierJoin(ctx) : earlierInit(ctx))
    for (const verdict of withoutCluster(verdicts, session.discovered?.unanswered)) {
      for (const judgement of judgementsOf(verdict, isDowngraded(node.ignorePreflightErrors, verdict)))
        ctx.report({ kind: 'judgement', ...judgement })
    }
  },
}

/** Without a cluster to join, a control plane runs the checks of a first one. */
export function checkedNode(ctx: PhaseContext): AskedNode {
  const { cluster, node, request, session } = ctx
  if (node.role === 'worker' || session.discovered !== undefined) return checkedJoiningNode(ctx, true)
  return { by: 'init', cluster, node, caCertPath: request.caCertPath, filesCome: false, alone: true }
}

function earlierInit({ cluster, node, host }: PhaseContext): Earlier {
  if (node.role === 'worker') return { traces: [], read: async () => nothingEarlier }
  const traces = initTraces(cluster)
  return { traces, read: async () => judgeEarlierInit(await readLeftFiles(host, traces), cluster, node) }
}

function judgementsOf({ check, findings }: CheckVerdict, ignored: boolean): readonly Judgement[] {
  if (findings.length === 0) return [{ check, level: 'ok' }]
  return findings.map(({ level, message, remedy, file }) => ({
    check,
    level: level === 'error' && ignored ? 'ignored' : level,
    message: file === undefined ? message : `${file} ${message}`,
    ...given({ remedy }),
  }))
}
