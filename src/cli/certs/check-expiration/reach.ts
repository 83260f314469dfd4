import type { ClusterNode } from '../../../cluster/session.ts'
import type { ClusterConfiguration } from '../../../cluster/spec.ts'
import { openApi } from '../../../compose/api.ts'
import { closeAll, connectTo } from '../../../compose/machines.ts'
import { parseStoredCluster } from '../../../config/stored-configuration.ts'
import { errorCodes } from '../../../errors/codes.ts'
import { isKadmError, type KadmError } from '../../../errors/kadm-error.ts'
import type { ConnectedHost, HostReader } from '../../../host/host.ts'
import { parseHostSpec } from '../../../host/host-spec.ts'
import { readClusterConfiguration } from '../../../observe/cluster/cluster-documents.ts'
import { listClusterNodes } from '../../../observe/cluster/nodes.ts'
import type { CheckOptions } from './options.ts'

export interface UnreachedHost {
  readonly host: string
  readonly error: KadmError
}

/** Connects to hosts. One that is not available does not keep kadm from checking the others. Throws INTERRUPTED. */
export async function connectEach(
  specs: readonly (string | undefined)[],
  options: CheckOptions,
  signal: AbortSignal,
): Promise<{ readonly hosts: readonly ConnectedHost[]; readonly unreached: readonly UnreachedHost[] }> {
  const results = await Promise.allSettled(specs.map(spec => connectTo(spec, options, signal)))
  const hosts = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  const unreached: UnreachedHost[] = []
  for (const [i, result] of results.entries()) {
    if (result.status === 'fulfilled') continue
    const error: unknown = result.reason
    if (!isKadmError(error) || errorCodes[error.code].kind !== 'host') {
      await closeAll(hosts)
      throw error
    }
    unreached.push({ host: specs[i] ?? 'this host', error })
  }
  return { hosts, unreached }
}

/** The configuration that the cluster stores, and its Nodes if they were asked for. */
export interface FoundCluster {
  readonly config: ClusterConfiguration
  readonly warnings: readonly string[]
  readonly nodes: readonly ClusterNode[]
}

/** The time for one request, so that a silent API server delays the check only briefly. */
const timeoutMs = 5000

/** Reads the cluster from the host whose API server answers first. Throws the error of the first host if none does. */
export async function readCluster(
  hosts: readonly HostReader[],
  kubeconfig: string,
  allNodes: boolean,
): Promise<FoundCluster> {
  const asked = hosts.map(async host => {
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
    throw error instanceof AggregateError ? error.errors[0] : error
  }
}

/** Returns how to reach a Node over SSH: its first address, with the user and port of the first host. */
export function specOf({ addresses: [address] }: ClusterNode, first: string | undefined): string | undefined {
  if (address === undefined) return undefined
  const { user, port } = first === undefined ? {} : parseHostSpec(first)
  const bare = address.includes(':') ? `[${address}]` : address
  return `${user === undefined ? '' : `${user}@`}${bare}${port === undefined ? '' : `:${port}`}`
}
