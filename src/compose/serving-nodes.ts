import { given } from '../cluster/given.ts'
import type { ServingRequest } from '../cluster/request.ts'
import type { ClusterState } from '../cluster/state.ts'
import { baseRequest } from '../config/base-request.ts'
import { clusterAtHost } from '../config/cluster-at-host.ts'
import { defaultTimeouts } from '../config/kinds/timeouts.ts'
import { parseStoredComponent } from '../config/stored-component.ts'
import { parseStoredCluster } from '../config/stored-configuration.ts'
import type { ConnectedHost, HostReader } from '../host/host.ts'
import { readClusterDocuments } from '../observe/cluster/cluster-documents.ts'
import { listClusterNodes } from '../observe/cluster/nodes.ts'
import { readNodePlace } from '../observe/left/node-place.ts'
import type { Target } from '../phases/phase.ts'
import { openFirst } from './api.ts'

/** What `kadm certs kubelet-serving` asks for. */
export type ServingAsk = Pick<ServingRequest, 'kubeconfig' | 'serverTlsBootstrap' | 'sans'>

export interface ServingNodes {
  readonly targets: readonly Target<ServingRequest>[]
  /** The host with the kubeconfig. */
  readonly source: ConnectedHost
  readonly state: ClusterState
  readonly warnings: readonly string[]
}

/** Reads the cluster through the first host with the kubeconfig, then the node of each host. */
export async function findServingNodes(hosts: readonly ConnectedHost[], ask: ServingAsk): Promise<ServingNodes> {
  const { kube, host: source } = await openFirst(hosts, ask.kubeconfig)
  try {
    const [documents, nodes] = await Promise.all([readClusterDocuments(kube), listClusterNodes(kube)])
    const stored = parseStoredCluster(documents.clusterConfiguration)
    const kubelet = parseStoredComponent(documents.kubelet, 'KubeletConfiguration')
    const found = await Promise.all(hosts.map(host => findAt(host, stored.config, ask)))
    const targets = found.flatMap(({ cluster, request }) =>
      cluster.nodes.map(node => ({ cluster: { ...cluster, kubelet }, node, request })),
    )
    const named = new Set(targets.map(({ node }) => node.name))
    const others = nodes.map(({ name }) => name).filter(name => !named.has(name))
    const warnings = others.length === 0 ? [] : [leftOut(others)]
    return { targets, source, state: { stored: stored.config, nodes }, warnings: [...stored.warnings, ...warnings] }
  } finally {
    kube.close()
  }
}

async function findAt(host: HostReader, config: NonNullable<ClusterState['stored']>, ask: ServingAsk) {
  const place = await readNodePlace(host, config.certificatesDir)
  const options = { timeouts: defaultTimeouts(undefined), ...given({ caCertPath: place.clientCaFile }) }
  const request: ServingRequest = { ...baseRequest(ask, options), ...ask }
  return { cluster: clusterAtHost({ ...place, config }, request, place.role), request }
}

function leftOut(names: readonly string[]): string {
  return `not among the hosts, so that their kubelets keep their configuration: ${names.join(', ')}`
}
