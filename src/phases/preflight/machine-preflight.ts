import type { Cluster, Node } from '../../cluster/cluster.ts'
import { initTraces, judgeEarlierInit, readLeftFiles } from '../../observe/left/earlier-run.ts'
import type { Judgement, Phase, PhaseContext } from '../phase.ts'
import { leftCertificates } from './certificates.ts'
import type { Check } from './check.ts'
import { etcdDiskLatency } from './disk-latency.ts'
import { etcdData } from './etcd-data.ts'
import { furtherChecks } from './further-checks.ts'
import { forwardingChecks, initChecks } from './init-checks.ts'
import { joinChecks } from './join-checks.ts'
import { joinTable } from './join-preflight.ts'
import { addressOf } from './peers.ts'
import { furtherPorts } from './ports.ts'
import { type Earlier, inspect, isPassedOver, type Verdict } from './run-checks.ts'
import { withoutCluster } from './without-cluster.ts'

/** Tells what every check finds on a machine that is to be a node, and lets nothing fail; changes nothing that stays. */
export const machinePreflight: Phase = {
  id: 'preflight',
  title: 'Look at the machine',
  async run(ctx) {
    const { node, session, cluster } = ctx
    const joins = session.discovered !== undefined
    const { checks, earlier } = joins ? joinTable(ctx) : loneTable(ctx)
    const verdicts = await inspect(ctx, [...checks, ...diskChecks(cluster, node)], earlier)
    for (const verdict of withoutCluster(verdicts, session.discovered?.unanswered)) {
      for (const judgement of judgementsOf(verdict, isPassedOver(node.ignorePreflightErrors, verdict)))
        ctx.report({ kind: 'judgement', ...judgement })
    }
  },
}

function loneTable({ cluster, node, host, request }: PhaseContext): {
  readonly checks: readonly Check[]
  readonly earlier: Earlier
} {
  const traces = node.role === 'control-plane' ? initTraces(cluster) : []
  const read = async () => judgeEarlierInit(await readLeftFiles(host, traces), cluster, node)
  return { checks: loneChecks(cluster, node, request.caCertPath), earlier: { traces, read } }
}

/** Without a cluster to join, a worker is asked what any node is asked, and for forwarding; a control plane what a first one is. */
export function loneChecks(cluster: Cluster, node: Node, caCertPath: string): readonly Check[] {
  const first =
    node.role === 'control-plane'
      ? initChecks(cluster, node)
      : [...joinChecks(node, caCertPath), ...forwardingChecks(cluster, addressOf(node) ?? '')]
  return [
    ...first,
    ...furtherPorts(cluster, node),
    ...furtherChecks,
    ...(node.role === 'control-plane' ? [leftCertificates, etcdData] : []),
  ]
}

function diskChecks({ config }: Cluster, { role }: Node): readonly Check[] {
  const { local } = config.etcd
  return role === 'worker' || local === undefined ? [] : [etcdDiskLatency(local.dataDir)]
}

function judgementsOf({ check, findings }: Verdict, ignored: boolean): readonly Judgement[] {
  if (findings.length === 0) return [{ check, level: 'ok' }]
  return findings.map(({ level, message, remedy, file }) => ({
    check,
    level: level === 'error' && ignored ? 'ignored' : level,
    message: file === undefined ? message : `${file} ${message}`,
    ...(remedy === undefined ? {} : { remedy }),
  }))
}
