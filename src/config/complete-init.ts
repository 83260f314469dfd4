import type { Cluster, MachineFacts } from '../cluster/cluster.ts'
import { clusterEndpoint } from '../cluster/endpoints.ts'
import type { BaseRequest, InitRequest } from '../cluster/request.ts'
import type { NodeRegistration } from '../cluster/spec.ts'
import { startupTimeoutOf } from './base-request.ts'
import { throwProblems } from './documents/open-drafts.ts'
import { neededFaults, needsAll } from './field/machine-needs.ts'
import type { ParsedInit, SettledInit } from './init.ts'
import { completeComponents } from './kinds/component-configs.ts'
import { serviceFamily } from './kinds/node-networks.ts'
import {
  completeAdvertiseAddress,
  completeNode,
  noAddressFault,
  toNode,
  validateRegistration,
} from './kinds/node-registration.ts'
import { familyFaults } from './rules/init.ts'

const initKind = 'InitConfiguration'

/** A complete configuration: the cluster, the request of the command, and options of the run. */
export interface LoadedConfig<R extends BaseRequest> {
  readonly cluster: Cluster
  readonly request: R
  readonly skipPhases: readonly string[]
  readonly warnings: readonly string[]
  readonly dryRun: boolean
}

/** Adds facts of the host. Throws CONFIG_INVALID if they are not sufficient. */
export function completeInit(parsed: SettledInit, facts: MachineFacts, needs = needsAll): LoadedConfig<InitRequest> {
  const { registration, address } = nodeOfInit(parsed, facts, needs)
  const mismatch = [
    ...(address === '' ? [] : familyFaults(parsed.config, address)),
    ...validateRegistration(registration, initKind),
  ]
  throwProblems(neededFaults(mismatch, needs).map(parsed.drafts.problemOf))
  return assemble(parsed, registration, address, facts)
}

/** Like completeInit for the node only; does not compare its address with the networks. Throws CONFIG_INVALID. */
export function nodeOfInit(parsed: SettledInit, facts: MachineFacts, needs = needsAll) {
  const { node, faults } = completeNode(parsed.node, facts)
  const address = completeAdvertiseAddress(parsed.advertiseAddress, facts, serviceFamily(parsed.config))
  const noAddress = noAddressFault(initKind, ['localAPIEndpoint', 'advertiseAddress'])
  const all = [...faults, ...(address === undefined ? [noAddress] : [])]
  throwProblems(neededFaults(all, needs).map(parsed.drafts.problemOf))
  return { registration: node, address: address ?? '' }
}

function assemble(
  parsed: SettledInit,
  registration: NodeRegistration,
  address: string,
  facts: MachineFacts,
): LoadedConfig<InitRequest> {
  const { config, bindPort, patches, request, skipPhases, dryRun } = parsed
  const { kubelet, kubeProxy, warnings } = completeComponents(parsed.components, config, address)
  const node = toNode(registration, facts, { advertiseAddress: address, bindPort })
  return {
    cluster: { config, kubelet, kubeProxy, patches, startupTimeoutMs: startupTimeoutOf(request), nodes: [node] },
    request,
    skipPhases,
    warnings: [...parsed.warnings, ...warnings],
    dryRun,
  }
}

/** Returns the URL of the API: at the endpoint of the cluster, else on this host. Throws CONFIG_INVALID. */
export function serverOf(parsed: ParsedInit, facts: MachineFacts): string {
  const { config, bindPort, drafts } = parsed
  const address = completeAdvertiseAddress(parsed.advertiseAddress, facts, serviceFamily(config))
  if (address === undefined && config.controlPlaneEndpoint === undefined) {
    const fault = noAddressFault(initKind, ['localAPIEndpoint', 'advertiseAddress'])
    throwProblems([drafts.problemOf({ ...fault, remedy: 'set it in a --config file, or set controlPlaneEndpoint' })])
  }
  return clusterEndpoint(parsed, { advertiseAddress: address ?? '', bindPort })
}
