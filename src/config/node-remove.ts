import type { Cluster, MachineFacts } from '../cluster/cluster.ts'
import { defaultBindPort } from '../cluster/components.ts'
import { paths } from '../cluster/paths.ts'
import type { RemoveRequest } from '../cluster/request.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { baseRequest, startupTimeoutOf } from './base-request.ts'
import { parseIp } from './field/addresses.ts'
import { subdomainFault } from './field/name-rules.ts'
import { completeComponents } from './kinds/component-configs.ts'
import { toNode } from './kinds/node-registration.ts'
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

/** The control plane on which a node is removed, and its cluster. */
export interface RemovalPlace {
  readonly facts: MachineFacts
  readonly config: ClusterConfiguration
  readonly name?: string
  readonly advertiseAddress?: string
  readonly bindPort?: number
}

/** Returns the request of `node remove`: the name of the node, how to drain it, and the kubeconfig. */
export function removeRequest(
  removal: Pick<RemoveRequest, 'name' | 'drainTimeoutMs' | 'force'>,
  kubeconfig: string,
): RemoveRequest {
  return { ...baseRequest({ kubeconfig }, { timeouts: defaultTimeouts(undefined) }), ...removal }
}

/** Returns the cluster with the node on which the run works, not the one that is removed. */
export function completeNodeRemove(place: RemovalPlace, request: RemoveRequest): Cluster {
  const { facts, config } = place
  const registration = {
    name: place.name ?? facts.hostname.trim().toLowerCase(),
    criSocket: facts.criSockets[0] ?? paths.defaultCriSocket,
    kubeletExtraArgs: [],
    ignorePreflightErrors: [],
    imagePullPolicy: 'IfNotPresent',
    imagePullSerial: true,
  } as const
  const advertiseAddress = place.advertiseAddress ?? facts.defaultAddress ?? facts.defaultAddress6 ?? ''
  const endpoint = { advertiseAddress, bindPort: place.bindPort ?? defaultBindPort }
  const { kubelet, kubeProxy } = completeComponents({}, config, advertiseAddress)
  return {
    config,
    kubelet,
    kubeProxy,
    patches: [],
    startupTimeoutMs: startupTimeoutOf(request),
    nodes: [toNode(registration, facts, endpoint)],
  }
}
