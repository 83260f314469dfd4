import { defaultNodeName, type Cluster, type MachineFacts, type Role } from '../cluster/cluster.ts'
import { defaultBindPort } from '../cluster/components.ts'
import { given } from '../cluster/given.ts'
import type { JsonObject } from '../cluster/json.ts'
import { paths } from '../cluster/paths.ts'
import type { BaseRequest } from '../cluster/request.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import { startupTimeoutOf } from './base-request.ts'
import { completeComponents } from './kinds/component-configs.ts'
import { toNode } from './kinds/node-registration.ts'

/** A host of an existing cluster, and the configuration of the cluster. */
export interface ControlPlaneHost {
  readonly facts: MachineFacts
  readonly config: ClusterConfiguration
  readonly name?: string
  readonly advertiseAddress?: string
  readonly bindPort?: number
  /** Default: the first socket on the host. */
  readonly criSocket?: string
  /** Known fields of its KubeletConfiguration. */
  readonly kubelet?: JsonObject
}

/** Returns the cluster with the node of this host as its only node. */
export function clusterAtHost(
  place: ControlPlaneHost,
  request: Pick<BaseRequest, 'timeouts'>,
  role: Role = 'control-plane',
): Cluster {
  const { facts, config } = place
  const registration = {
    name: place.name ?? defaultNodeName(facts),
    criSocket: place.criSocket ?? facts.criSockets[0] ?? paths.defaultCriSocket,
    kubeletExtraArgs: [],
    ignorePreflightErrors: [],
    imagePullPolicy: 'IfNotPresent',
    imagePullSerial: true,
  } as const
  const advertiseAddress = place.advertiseAddress ?? facts.defaultAddress ?? facts.defaultAddress6 ?? ''
  const endpoint = { advertiseAddress, bindPort: place.bindPort ?? defaultBindPort }
  const { kubelet, kubeProxy } = completeComponents(given({ kubelet: place.kubelet }), config, advertiseAddress)
  return {
    config,
    kubelet,
    kubeProxy,
    patches: [],
    startupTimeoutMs: startupTimeoutOf(request),
    nodes: [toNode(registration, facts, role === 'worker' ? undefined : endpoint)],
  }
}
