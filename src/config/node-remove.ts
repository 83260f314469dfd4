import type { RemoveRequest } from '../cluster/request.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { baseRequest } from './base-request.ts'
import { parseIp } from './field/addresses.ts'
import { subdomainFault } from './field/name-rules.ts'
import { defaultTimeouts } from './kinds/timeouts.ts'

/**
 * Returns the argument of `node remove`: a name that a kubelet can register, an address, or the ID of an etcd member.
 * Throws USAGE.
 */
export function readNodeName(given: string): string {
  const name = given.trim().toLowerCase()
  if (parseIp(name.replace(/^\[(.*)\]$/, '$1')) !== undefined) return name
  const fault = subdomainFault(name)
  if (fault === undefined) return name
  throw new KadmError('USAGE', `"${given}" is not a valid node name: ${fault}`, {
    hint: 'give the name that `kubectl get nodes` shows, or the address of a member of etcd that never started',
  })
}

/** Returns the request of `node remove`: the name of the node, how to drain it, and the kubeconfig. */
export function removeRequest(
  removal: Pick<RemoveRequest, 'name' | 'drainTimeoutMs' | 'force'>,
  kubeconfig: string,
): RemoveRequest {
  return { ...baseRequest({ kubeconfig }, { timeouts: defaultTimeouts(undefined) }), ...removal }
}
