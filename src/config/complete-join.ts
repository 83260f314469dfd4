import type { MachineFacts } from '../cluster/cluster.ts'
import type { JoinRequest } from '../cluster/request.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import { startupTimeoutOf } from './base-request.ts'
import type { LoadedConfig } from './complete-init.ts'
import { throwProblems } from './documents/open-drafts.ts'
import { type Fault, type FieldPath, faultsOf } from './field/field-path.ts'
import { neededFaults, needsAll } from './field/machine-needs.ts'
import type { ParsedJoin } from './join.ts'
import { completeComponents } from './kinds/component-configs.ts'
import { familyMismatch, serviceFamily } from './kinds/node-networks.ts'
import {
  completeAdvertiseAddress,
  completeNode,
  type NodeDraft,
  noAddressFault,
  toNode,
  validateRegistration,
} from './kinds/node-registration.ts'
import { parseStoredComponent } from './stored-component.ts'
import { parseStoredCluster } from './stored-configuration.ts'

const kind = 'JoinConfiguration'

/** The configuration that a cluster stores: the values of its ConfigMaps. */
export interface StoredDocuments {
  readonly clusterConfiguration: string
  readonly kubelet: string
  readonly kubeProxy?: string
}

/** Adds facts of the host and the cluster: returns a Cluster with the joining node. Throws CONFIG_INVALID. */
export function completeJoin(
  parsed: ParsedJoin,
  facts: MachineFacts,
  stored: StoredDocuments,
  needs = needsAll,
): LoadedConfig<JoinRequest> {
  const completed = completeNode(withHostnameOverride(parsed.node), facts)
  const { config, warnings } = parseStoredCluster(stored.clusterConfiguration)
  const { endpoint, faults: noEndpoint } = completeEndpoint(parsed, facts, config)
  const faults = completed.faults.length > 0 ? completed.faults : validateRegistration(completed.node, kind)
  throwProblems(neededFaults([...faults, ...noEndpoint], needs).map(parsed.drafts.problemOf))
  const kubelet = parseStoredComponent(stored.kubelet, 'KubeletConfiguration')
  const kubeProxy =
    stored.kubeProxy === undefined
      ? completeComponents({}, config, '').kubeProxy
      : parseStoredComponent(stored.kubeProxy, 'KubeProxyConfiguration')
  const node = toNode(completed.node, facts, endpoint)
  const { patches, request } = parsed
  const cluster = { config, kubelet, kubeProxy, patches, startupTimeoutMs: startupTimeoutOf(request), nodes: [node] }
  return {
    cluster,
    request,
    skipPhases: parsed.config.skipPhases,
    warnings: [...parsed.warnings, ...warnings],
    dryRun: parsed.config.dryRun,
  }
}

/** Returns where the API server of a joining control plane listens; empty for a worker. */
function completeEndpoint({ config }: ParsedJoin, facts: MachineFacts, cluster: ClusterConfiguration) {
  if (config.controlPlane === undefined) return { faults: [] }
  const { advertiseAddress, bindPort } = config.controlPlane.localAPIEndpoint
  const asked = advertiseAddress === '' ? undefined : advertiseAddress
  const address = completeAdvertiseAddress(asked, facts, serviceFamily(cluster))
  const path = ['controlPlane', 'localAPIEndpoint', 'advertiseAddress']
  const faults = address === undefined ? [noAddressFault(kind, path)] : validateAgainst(cluster, address, path)
  return { endpoint: { advertiseAddress: address ?? '', bindPort }, faults }
}

/** The networks belong to the cluster; only the address can be changed. */
function validateAgainst(cluster: ClusterConfiguration, address: string, path: FieldPath): readonly Fault[] {
  const remedy = `set an IPv${serviceFamily(cluster)} address of this host with --apiserver-advertise-address`
  const mismatch = familyMismatch(cluster, address)
  return mismatch === undefined ? [] : [faultsOf(kind)(path, mismatch.message, remedy)]
}

/** The kubelet registers under this argument if it is given. As in kubeadm's join, the node has the same name. */
function withHostnameOverride(node: NodeDraft): NodeDraft {
  const override = node.kubeletExtraArgs.findLast(arg => arg.name === 'hostname-override')?.value
  return override === undefined || override === '' ? node : { ...node, name: override.trim().toLowerCase() }
}
