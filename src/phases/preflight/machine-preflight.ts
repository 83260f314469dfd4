import type { Cluster, Node } from '../../cluster/cluster.ts'
import { initTraces, judgeEarlierInit, readLeftFiles } from '../../observe/earlier-run.ts'
import type { Judgement, Phase } from '../phase.ts'
import type { Check } from './check.ts'
import { etcdDiskLatency } from './disk-latency.ts'
import { furtherChecks } from './further-checks.ts'
import { forwardingChecks, initChecks } from './init-checks.ts'
import { joinChecks } from './join-checks.ts'
import { addressOf } from './peers.ts'
import { inspect, isIgnored, type Verdict } from './run-checks.ts'

/** Tells what every check finds on a machine that is to be a node, and lets nothing fail; changes nothing that stays. */
export const machinePreflight: Phase = {
  id: 'preflight',
  title: 'Look at the machine',
  async run(ctx) {
    const { cluster, node, host } = ctx
    const traces = node.role === 'control-plane' ? initTraces(cluster) : []
    const verdicts = await inspect(ctx, machineChecks(cluster, node), {
      traces,
      read: async () => judgeEarlierInit(await readLeftFiles(host, traces), cluster, node),
    })
    for (const verdict of verdicts) {
      for (const judgement of judgementsOf(verdict, isIgnored(node.ignorePreflightErrors, verdict.check)))
        ctx.report({ kind: 'judgement', ...judgement })
    }
  },
}

/** Without a cluster to join, a worker is asked what any node is asked, and for forwarding. */
export function machineChecks(cluster: Cluster, node: Node): readonly Check[] {
  const { local } = cluster.config.etcd
  if (node.role === 'worker')
    return [...joinChecks(cluster, node), ...forwardingChecks(cluster, addressOf(node) ?? ''), ...furtherChecks]
  return [
    ...initChecks(cluster, node),
    ...furtherChecks,
    ...(local === undefined ? [] : [etcdDiskLatency(local.dataDir)]),
  ]
}

function judgementsOf({ check, findings }: Verdict, ignored: boolean): readonly Judgement[] {
  if (findings.length === 0) return [{ check, level: 'ok' }]
  return findings.map(({ level, message, remedy }) => ({
    check,
    level: level === 'error' && ignored ? 'ignored' : level,
    message,
    ...(remedy === undefined ? {} : { remedy }),
  }))
}
