import type { Cluster, MachineFacts, Removal } from '../cluster/cluster.ts'
import { paths } from '../cluster/paths.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { parseIp } from './field/addresses.ts'
import { subdomainFault } from './field/name-rules.ts'
import { readRunFlags } from './flags/overlay.ts'
import { toNode } from './kinds/node-registration.ts'
import { defaultTimeouts } from './kinds/timeouts.ts'
import { runOptions } from './run-options.ts'

/** What `node remove` takes: a name as the kubelet registers it, an address, or the id of a member of etcd. Throws USAGE. */
export function readNodeName(given: string): string {
  const name = given.trim().toLowerCase()
  if (parseIp(name.replace(/^\[(.*)\]$/, '$1')) !== undefined) return name
  const fault = subdomainFault(name)
  if (fault === undefined) return name
  throw new KadmError('USAGE', `"${given}" is no name of a Node: ${fault}`, {
    hint: 'give the name that `kubectl get nodes` shows, or the address of a member of etcd that never started',
  })
}

/** The control plane on which a node is removed, and what it says of its cluster. */
export interface RemovalPlace {
  readonly facts: MachineFacts
  readonly config: ClusterConfiguration
  readonly name?: string
  readonly advertiseAddress?: string
  readonly bindPort?: number
  readonly kubeconfig: string
}

/** The cluster, with the one node on which the run works: not the one that goes. */
export function completeNodeRemove(place: RemovalPlace, removal: Removal): Cluster {
  const { facts, config, kubeconfig } = place
  const registration = {
    name: place.name ?? facts.hostname.trim().toLowerCase(),
    criSocket: facts.criSockets[0] ?? paths.defaultCriSocket,
    kubeletExtraArgs: [],
    ignorePreflightErrors: [],
    imagePullPolicy: 'IfNotPresent',
    imagePullSerial: true,
  } as const
  const address = place.advertiseAddress ?? facts.defaultAddress ?? facts.defaultAddress6 ?? ''
  const component = { tree: {}, generated: true }
  const documents = { timeouts: defaultTimeouts(undefined), bootstrapTokens: [], patches: [] }
  return {
    config,
    kubelet: component,
    kubeProxy: component,
    nodes: [toNode(registration, 'control-plane', address, place.bindPort ?? 6443, facts)],
    run: { ...runOptions({ ...readRunFlags({}), kubeconfig }, documents), removal },
  }
}
