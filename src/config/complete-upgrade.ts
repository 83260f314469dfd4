import {
  defaultNodeName,
  type Cluster,
  type ComponentConfig,
  type MachineFacts,
  type Node,
  type Role,
} from '../cluster/cluster.ts'
import { defaultBindPort } from '../cluster/components.ts'
import { given } from '../cluster/given.ts'
import type { Patch } from '../cluster/patch.ts'
import { paths } from '../cluster/paths.ts'
import type { UpgradeRequest } from '../cluster/request.ts'
import type { ClusterConfiguration, NodeRegistration, Timeouts } from '../cluster/spec.ts'
import { baseRequest, startupTimeoutOf } from './base-request.ts'
import type { StoredDocuments } from './complete-join.ts'
import { completeComponents } from './kinds/component-configs.ts'
import { toNode } from './kinds/node-registration.ts'
import { parseStoredComponent } from './stored-component.ts'
import { parseStoredCluster } from './stored-configuration.ts'

/** What an upgrade is asked for, from flags and file. */
export interface UpgradeOptions
  extends Partial<Pick<NodeRegistration, 'ignorePreflightErrors' | 'imagePullPolicy' | 'imagePullSerial'>> {
  /** The resolved target version; absent: the version that the cluster stores, as for a node after the first one. */
  readonly version?: string
  readonly kubeconfig?: string
  readonly certificateRenewal: boolean
  readonly etcdUpgrade: boolean
  readonly patches: readonly Patch[]
  readonly timeouts: Timeouts
}

/** The node to upgrade, as its files describe it. */
export interface UpgradePlace {
  readonly facts: MachineFacts
  readonly role: Role
  readonly name?: string
  readonly advertiseAddress?: string
  readonly bindPort?: number
  readonly criSocket?: string
}

/** The configuration that a cluster stores, and which parts of it are as kubeadm or kadm generated them. */
export interface UpgradeDocuments extends StoredDocuments {
  readonly generated?: { readonly kubelet: boolean; readonly kubeProxy: boolean }
}

/** The node to upgrade, with its cluster after the upgrade, and its request. */
export interface CompletedUpgrade {
  readonly cluster: Cluster
  readonly node: Node
  readonly request: UpgradeRequest
  readonly warnings: readonly string[]
}

/**
 * Returns the cluster as it is after the upgrade, with this node as its only one: the configuration that the cluster
 * stores with the target version and its defaults. Throws CONFIG_INVALID.
 */
export function completeUpgrade(
  options: UpgradeOptions,
  place: UpgradePlace,
  stored: UpgradeDocuments,
): CompletedUpgrade {
  const { config: found, warnings } = parseStoredCluster(stored.clusterConfiguration)
  const config = { ...found, kubernetesVersion: options.version ?? found.kubernetesVersion }
  const { facts } = place
  const advertiseAddress = place.advertiseAddress ?? facts.defaultAddress ?? facts.defaultAddress6 ?? ''
  const endpoint = { advertiseAddress, bindPort: place.bindPort ?? defaultBindPort }
  const node = toNode(registrationOf(options, place), facts, place.role === 'control-plane' ? endpoint : undefined)
  const request: UpgradeRequest = {
    ...baseRequest(given({ kubeconfig: options.kubeconfig }), { timeouts: options.timeouts }),
    from: found.kubernetesVersion,
    certificateRenewal: options.certificateRenewal,
    etcdUpgrade: options.etcdUpgrade,
  }
  const components = componentsOf(stored, config, advertiseAddress)
  return {
    cluster: {
      config,
      kubelet: components.kubelet,
      kubeProxy: components.kubeProxy,
      patches: options.patches,
      startupTimeoutMs: startupTimeoutOf(request),
      nodes: [node],
    },
    node,
    request,
    warnings: [...warnings, ...components.warnings],
  }
}

function registrationOf(options: UpgradeOptions, { name, criSocket, facts }: UpgradePlace): NodeRegistration {
  const { ignorePreflightErrors = [], imagePullPolicy = 'IfNotPresent', imagePullSerial = true } = options
  return {
    name: name ?? defaultNodeName(facts),
    criSocket: criSocket ?? facts.criSockets[0] ?? paths.defaultCriSocket,
    kubeletExtraArgs: [],
    ...{ ignorePreflightErrors, imagePullPolicy, imagePullSerial },
  }
}

/** As in kubeadm, fields that are not set get the defaults of the target version, also in an edited configuration. */
function componentsOf(stored: UpgradeDocuments, config: ClusterConfiguration, advertiseAddress: string) {
  const { kubelet: kubeletText, kubeProxy: proxyText, generated } = stored
  const kubelet = parseStoredComponent(kubeletText, 'KubeletConfiguration').tree
  const kubeProxy = proxyText === undefined ? undefined : parseStoredComponent(proxyText, 'KubeProxyConfiguration').tree
  const completed = completeComponents(given({ kubelet, kubeProxy }), config, advertiseAddress)
  const marked = (one: ComponentConfig, unedited = false) => ({ ...one, generated: unedited })
  return {
    kubelet: marked(completed.kubelet, generated?.kubelet),
    kubeProxy: marked(completed.kubeProxy, kubeProxy === undefined || generated?.kubeProxy),
    warnings: completed.warnings,
  }
}
