import { clusterEndpoint, localEndpoint } from '../../cluster/endpoints.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import { apiHealthy } from '../../observe/cluster/api-health.ts'
import type { ControlPlaneContext } from '../phase.ts'

/** The time in milliseconds that a load balancer takes to detect its first API server. */
const patienceMs = 10_000

/**
 * Warns if this node's API server answers, but the address of the cluster does not. Init does not need it; kube-proxy
 * and every joining node do. kubeadm does not check it.
 */
export async function warnOfSilentEndpoint(ctx: ControlPlaneContext): Promise<void> {
  const { cluster, node, until, report } = ctx
  const endpoint = clusterEndpoint(cluster, node)
  if (endpoint === localEndpoint(node)) return
  const kube = await ctx.kube('admin', 'cluster')
  const probe = () => apiHealthy(kube)
  try {
    await until(`an answer of ${endpoint}`, probe, { timeoutMs: patienceMs, intervalMs: 250, assume: true })
  } catch (error) {
    if (!isKadmError(error, 'TIMEOUT')) throw error
    const own = `${node.advertiseAddress}:${node.bindPort}`
    const text = `the API server of this node answers, but the cluster's endpoint does not: ${error.message}. Nodes cannot join until the load balancer or DNS name points to ${own}`
    report({ kind: 'warning', text })
  }
}
