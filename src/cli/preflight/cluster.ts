import type { Cluster, MachineFacts, Node } from '../../cluster/cluster.ts'
import type { BaseRequest } from '../../cluster/request.ts'
import { completeInit, type LoadedConfig } from '../../config/complete-init.ts'
import { completeJoin, type StoredDocuments } from '../../config/complete-join.ts'
import type { SettledInit } from '../../config/init.ts'
import type { ParsedJoin } from '../../config/join.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'

/** The nodes to check and their cluster. */
export interface PreflightTargets {
  readonly cluster: Cluster
  readonly warnings: readonly string[]
}

/**
 * Creates one cluster from all hosts. With several hosts, the node section of the configuration applies to its own node
 * only.
 */
export function plannedCluster(
  parsed: SettledInit,
  facts: readonly MachineFacts[],
  hosts: readonly HostReader[],
  controlPlane: boolean,
): PreflightTargets {
  const { advertiseAddress: _, node, ...rest } = parsed
  const { name: __, ...anyNode } = node
  const each = facts.length > 1 ? { ...rest, node: anyNode } : parsed
  const all = facts.map(found => completeInit(each, found))
  const { cluster, warnings } = merged(all, hosts)
  return { warnings, cluster: controlPlane ? cluster : { ...cluster, nodes: cluster.nodes.map(asWorker) } }
}

/** Returns the nodes that would join the cluster, with the cluster's own configuration. */
export function clusterToJoin(
  parsed: ParsedJoin | undefined,
  facts: readonly MachineFacts[],
  hosts: readonly HostReader[],
  documents: StoredDocuments | undefined,
): PreflightTargets {
  if (parsed === undefined || documents === undefined)
    throw new KadmError('INTERNAL', 'there is no cluster to check against')
  const all = facts.map(found => completeJoin(parsed, found, documents))
  return merged(all, hosts)
}

/** Shows hosts that share a host name under the names from the command line; a check for duplicates follows. */
function merged(completed: readonly LoadedConfig<BaseRequest>[], hosts: readonly HostReader[]): PreflightTargets {
  const [first] = completed
  if (first === undefined) throw new KadmError('INTERNAL', 'preflight has no host')
  const nodes = completed.flatMap(({ cluster }) => cluster.nodes)
  const shared = (node: Node) => nodes.filter(other => other.name === node.name).length > 1
  const named = nodes.map((node, i) => (shared(node) ? { ...node, name: hosts[i]?.name ?? node.name } : node))
  return { cluster: { ...first.cluster, nodes: named }, warnings: first.warnings }
}

function asWorker(node: Node): Node {
  if (node.role === 'worker') return node
  const { advertiseAddress: _, bindPort: __, ...registration } = node
  return { ...registration, role: 'worker' }
}
