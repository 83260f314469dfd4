import type { Cluster, MachineFacts } from '../cluster/cluster.ts'
import { given } from '../cluster/given.ts'
import { startupTimeoutOf } from './base-request.ts'
import { type ConfigFile, throwProblems } from './documents/open-drafts.ts'
import { neededFaults } from './field/machine-needs.ts'
import type { FlagValues } from './flags/flag.ts'
import { type ParsedInit, parseInit, type SettledInit } from './init.ts'
import { completeComponents } from './kinds/component-configs.ts'
import { completeNode, toNode } from './kinds/node-registration.ts'

/** Returns the configuration that selects the images. Generates no token. Throws CONFIG_INVALID, USAGE. */
export function parseImages(file: ConfigFile | undefined, flags: FlagValues, startedAt: Date): ParsedInit {
  const randomToken = () => 'abcdef.0123456789abcdef'
  return parseInit({ ...given({ file }), flags, startedAt, randomToken })
}

/** Returns a cluster with hosts for the images. The hosts need a container runtime but no address. */
export function completeImages(parsed: SettledInit, machines: readonly MachineFacts[]): Cluster {
  const { config, drafts, patches, request, components } = parsed
  const { name: _, ...anyNode } = parsed.node
  const completed = machines.map(facts => ({ facts, ...completeNode(anyNode, facts) }))
  throwProblems(
    completed.flatMap(({ faults }) => neededFaults(faults, fact => fact === 'criSocket').map(drafts.problemOf)),
  )
  const nodes = completed.map(({ facts, node }) => toNode(node, facts))
  const { kubelet, kubeProxy } = completeComponents(components, config, '')
  return { config, kubelet, kubeProxy, patches, startupTimeoutMs: startupTimeoutOf(request), nodes }
}
