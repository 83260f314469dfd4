import type { ClusterNode } from '../../../cluster/session.ts'
import type { ClusterConfiguration } from '../../../cluster/spec.ts'
import { openApi } from '../../../compose/api.ts'
import { parseStoredCluster } from '../../../config/stored-configuration.ts'
import { isAnswer, isKadmError, isTransportFailure, KadmError, orUndefined } from '../../../errors/kadm-error.ts'
import type { HostReader } from '../../../host/host.ts'
import { readClusterConfiguration } from '../../../observe/cluster/cluster-documents.ts'
import { listClusterNodes } from '../../../observe/cluster/nodes.ts'
import { progressReporter, warn } from '../../run/report.ts'
import type { CheckOptions } from './options.ts'
import type { AskedCheck } from './parse.ts'

/** The configuration that the cluster stores, and its Nodes if they were asked for. */
export interface FoundCluster {
  readonly config: ClusterConfiguration
  readonly warnings: readonly string[]
  readonly nodes: readonly ClusterNode[]
}

/** As in kubeadm, the configuration of the cluster replaces the default one if the kubeconfig exists. */
export async function findCluster(
  hosts: readonly HostReader[],
  { fromCluster, kubeconfig }: AskedCheck,
  options: CheckOptions,
): Promise<FoundCluster | undefined> {
  if (!fromCluster && options.allNodes !== true) return undefined
  const found = await Promise.all(hosts.map(host => host.stat(kubeconfig).catch(lostOrAbsent)))
  const candidates = hosts.filter((_, i) => found[i] !== undefined)
  if (candidates.length === 0 && options.allNodes !== true) return undefined
  const report = progressReporter(options, 'check-expiration')
  if (options.output === 'text') {
    report('Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...')
  }
  try {
    const cluster = await readCluster(
      candidates.length === 0 ? hosts : candidates,
      kubeconfig,
      options.allNodes === true,
    )
    warn(cluster.warnings)
    return cluster
  } catch (error) {
    if (options.allNodes === true && isKadmError(error)) throw noNodes(error)
    if (!isAnswer(error) && !isTransportFailure(error)) throw error
    report(`Error reading configuration from the Cluster. Falling back to default configuration: ${error.message}`)
    return undefined
  }
}

/** A host that is lost meanwhile is reported later, with its certificates. */
function lostOrAbsent(error: unknown): undefined {
  if (!isTransportFailure(error)) orUndefined(error)
}

function noNodes(error: KadmError): KadmError {
  return new KadmError(error.code, `--all-nodes needs the Nodes of the cluster: ${error.message}`, {
    hint: 'name the hosts with --host instead: then no API server is needed',
    cause: error,
  })
}

/** The time for one request, so that a silent API server delays the check only briefly. */
const timeoutMs = 5000

/** How many hosts are asked for the cluster at the same time: every host of a fleet may have a kubeconfig. */
const atOnce = 3

/** Reads the cluster from the host whose API server answers first. Throws the error of the first host if none does. */
async function readCluster(hosts: readonly HostReader[], kubeconfig: string, allNodes: boolean): Promise<FoundCluster> {
  const later = hosts.slice(atOnce)
  const asked = hosts.slice(0, atOnce).map(async host => {
    const { kube } = await openApi(host, kubeconfig, { timeoutMs })
    try {
      const [text, nodes] = await Promise.all([
        readClusterConfiguration(kube),
        allNodes ? listClusterNodes(kube) : undefined,
      ])
      return { ...parseStoredCluster(text), nodes: nodes ?? [] }
    } finally {
      kube.close()
    }
  })
  try {
    return await Promise.any(asked)
  } catch (error) {
    const [first] = error instanceof AggregateError ? error.errors : [error]
    if (later.length === 0) throw first
    return readCluster(later, kubeconfig, allNodes).catch(() => Promise.reject(first))
  }
}
