import type { Cluster } from '../../cluster/cluster.ts'
import type { Discovered } from '../../cluster/session.ts'
import { shellWord } from '../../errors/operator-commands.ts'
import type { RunReport } from '../run/run-plan.ts'

/** The result of `kadm join`. */
export function joinResult(cluster: Cluster, discovered: Discovered, report: RunReport) {
  return {
    nodes: cluster.nodes.map(({ name, role }) => ({ name, role })),
    server: discovered.server,
    kubernetesVersion: cluster.config.kubernetesVersion,
    changes: report.changes,
    phases: report.phases,
    warnings: report.warnings,
    seconds: report.seconds,
  }
}

export type JoinResult = ReturnType<typeof joinResult>

/** Returns how the operator named the host of a node; undefined for the host that kadm runs on. */
export type SpecOf = (node: string) => string | undefined

/** The text at the end of the run: which nodes joined, with which role, and the next steps. */
export function joinText(result: JoinResult, specOf: SpecOf): string {
  const { nodes, server, seconds } = result
  const names = nodes.map(({ name }) => name).join(', ')
  const what = nodes.some(({ role }) => role === 'control-plane') ? asControlPlane(nodes.length) : ''
  const first =
    result.changes.length === 0
      ? `${names}: already joined to the cluster at ${server}; nothing was changed (${seconds} s).`
      : `${names}: joined the cluster at ${server}${what} (${seconds} s).`
  return `${first}\n\n${useIt(result, specOf)}To watch the nodes become Ready, run on a control plane:\n  kubectl get nodes\n`
}

function asControlPlane(count: number): string {
  return count === 1 ? ' as a control plane' : ' as control planes'
}

function useIt({ nodes }: JoinResult, specOf: SpecOf): string {
  const node = nodes.find(({ role }) => role === 'control-plane')
  if (node === undefined) return ''
  const spec = specOf(node.name)
  const fetch = spec === undefined ? '' : `or copy the file here:\n  kadm kubeconfig fetch --host ${shellWord(spec)}\n`
  return `To use the cluster, as root on ${node.name}:\n  export KUBECONFIG=/etc/kubernetes/admin.conf\n${fetch}\n`
}

/** The text after a single phase. */
export function joinPhaseText({ changes, seconds }: JoinResult): string {
  const count = changes.length === 1 ? '1 change' : `${changes.length} changes`
  return changes.length === 0 ? `Nothing was changed (${seconds} s).\n` : `Done: ${count} (${seconds} s).\n`
}
