import type { Cluster, MachineFacts } from '../cluster/cluster.ts'
import { defaultBindPort } from '../cluster/components.ts'
import { clusterEndpoint } from '../cluster/endpoints.ts'
import { given } from '../cluster/given.ts'
import type { JsonObject } from '../cluster/json.ts'
import type { Patch } from '../cluster/patch.ts'
import type { BaseRequest, InitRequest } from '../cluster/request.ts'
import type { AddonSection, BootstrapToken, ClusterConfiguration, NodeRegistration } from '../cluster/spec.ts'
import { baseRequest, startupTimeoutOf } from './base-request.ts'
import type { Drafts } from './documents/drafts.ts'
import { refuseNotBuilt } from './documents/not-built.ts'
import { type ConfigFile, openDrafts, throwProblems } from './documents/open-drafts.ts'
import { type ListPatchFiles, openPatches } from './documents/patch-files.ts'
import { allProblems, readDocument } from './documents/sound-part.ts'
import { type Fault, valueAt } from './field/field-path.ts'
import { neededFaults, needsAll } from './field/machine-needs.ts'
import type { FlagValues } from './flags/flag.ts'
import { overlayFlags, type RunFlags, readRunFlags, refuseMixing, refuseTwice, tokenTwice } from './flags/overlay.ts'
import { defaultTokens } from './kinds/bootstrap-tokens.ts'
import { defaultClusterConfiguration } from './kinds/cluster-configuration.ts'
import { type ComponentKind, checkComponent, completeComponents } from './kinds/component-configs.ts'
import { clusterSchema, type InitDocument, initSchema } from './kinds/kind-schemas.ts'
import { resolveKubernetesVersion } from './kinds/kubernetes-version.ts'
import { serviceFamily } from './kinds/node-networks.ts'
import {
  completeAdvertiseAddress,
  completeNode,
  draftNode,
  type NodeDraft,
  noAddressFault,
  toNode,
  validateRegistration,
} from './kinds/node-registration.ts'
import { type JudgePhase, validatePhases } from './kinds/skipped-phases.ts'
import { defaultTimeouts } from './kinds/timeouts.ts'
import { familyFaults, validateInit, warnOfInit } from './rules/init.ts'

export interface InitInput {
  readonly file?: ConfigFile
  readonly flags: FlagValues
  readonly startedAt: Date
  /** Draws a bootstrap token: `id.secret`. */
  readonly randomToken: () => string
  /** Lists the operator's files in a directory of patches; given by commands that apply them. */
  readonly patchFiles?: ListPatchFiles
  /** Knows the phases that a file may leave out. */
  readonly judgePhase?: JudgePhase
  /** The add-ons that these skipped phases would deploy. */
  readonly skippedAddons?: (skipped: readonly string[]) => readonly AddonSection[]
}

/** Configuration of init that is valid as far as it can be checked without the host. */
export interface ParsedInit {
  readonly config: ClusterConfiguration
  readonly node: NodeDraft
  readonly advertiseAddress?: string
  readonly bindPort: number
  readonly components: { readonly kubelet?: JsonObject; readonly kubeProxy?: JsonObject }
  readonly patches: readonly Patch[]
  readonly request: InitRequest
  readonly skipPhases: readonly string[]
  readonly dryRun: boolean
  readonly warnings: readonly string[]
  readonly drafts: Drafts
}

const kinds = ['InitConfiguration', 'ClusterConfiguration', 'KubeletConfiguration', 'KubeProxyConfiguration']
const initKind = 'InitConfiguration'

/** Reads file and flags of init, and validates all that needs no host. Throws CONFIG_INVALID, USAGE, NOT_BUILT. */
export function parseInit(input: InitInput): ParsedInit {
  const { file, flags, startedAt, randomToken } = input
  const { drafts, kinds: found, problems, warnings } = openInit(file, flags)
  const read = checkTrees(drafts, found)
  const init = read.init ?? {}
  const bindPort = init.localAPIEndpoint?.bindPort || defaultBindPort
  const config = withSkippedAddons(
    defaultClusterConfiguration(read.cluster ?? {}, read.version, bindPort),
    input.skippedAddons?.(init.skipPhases ?? []) ?? [],
  )
  const node = draftNode(initKind, init.nodeRegistration ?? {}, 'control-plane')
  const sketch = { init, node, config, bindPort, startedAt }
  const faults = [
    ...validateInit(sketch),
    ...(flags['skip-phases'] === undefined ? validatePhases(initKind, init.skipPhases, input.judgePhase) : []),
  ]
  const { patches, ...unfit } = openPatches(init.patches?.directory, input.patchFiles, text =>
    drafts.problemOf({ kind: initKind, path: ['patches', 'directory'], ...text }),
  )
  throwProblems([...allProblems(drafts, problems, read.faults, faults), ...unfit.problems])
  refuseNotBuilt(Object.fromEntries([initKind, 'ClusterConfiguration'].map(kind => [kind, drafts.read(kind)])))
  const address = init.localAPIEndpoint?.advertiseAddress
  return {
    config,
    node,
    ...given({ advertiseAddress: address }),
    bindPort,
    components: read.components,
    patches,
    request: initRequest(init, readRunFlags(flags), defaultTokens(init.bootstrapTokens, startedAt, randomToken)),
    skipPhases: init.skipPhases ?? [],
    dryRun: init.dryRun ?? false,
    warnings: [...warnings, ...warnOfInit(sketch), ...unfit.warnings],
    drafts,
  }
}

function openInit(file: ConfigFile | undefined, flags: FlagValues) {
  refuseMixing(file, flags)
  refuseTwice(flags)
  const opened = openDrafts(file, kinds, [initKind, 'ClusterConfiguration'])
  const twice = tokenTwice(opened.drafts, flags, initKind, ['bootstrapTokens', 0, 'token'])
  const flagProblems = [...twice, ...overlayFlags(opened.drafts, 'init', flags)]
  if (file === undefined) {
    const text = "The default bootstrap token generated by 'kubeadm init'."
    opened.drafts.set(initKind, ['bootstrapTokens', 0, 'description'], text, 'token')
  }
  return { ...opened, problems: [...opened.problems, ...flagProblems] }
}

/** Checks every document against its schema, and resolves the version. */
function checkTrees(drafts: Drafts, found: ReadonlySet<string>) {
  const init = readDocument(initSchema, initKind, drafts.typed(initKind))
  const cluster = readDocument(clusterSchema, 'ClusterConfiguration', drafts.typed('ClusterConfiguration'))
  const wanted = valueAt(drafts.read('ClusterConfiguration'), ['kubernetesVersion'])
  const resolved = resolveKubernetesVersion(typeof wanted === 'string' ? wanted : 'stable-1')
  // With an unknown version, validate for the newest: this adds no finding about the version itself.
  const version = 'version' in resolved ? resolved.version : newestVersion()
  const faults: Fault[] = [...init.faults, ...cluster.faults]
  if ('message' in resolved) faults.push({ kind: 'ClusterConfiguration', path: ['kubernetesVersion'], ...resolved })
  const kubelet = readComponent('KubeletConfiguration')
  const kubeProxy = readComponent('KubeProxyConfiguration')
  return {
    faults,
    version,
    ...('value' in init ? { init: init.value } : {}),
    ...('value' in cluster ? { cluster: cluster.value } : {}),
    components: { ...(kubelet ? { kubelet } : {}), ...(kubeProxy ? { kubeProxy } : {}) },
  }

  function readComponent(kind: ComponentKind): JsonObject | undefined {
    if (!found.has(kind)) return undefined
    const typed = drafts.typed(kind)
    faults.push(...checkComponent(kind, typed, version))
    return typed.tree
  }
}

function newestVersion(): string {
  const newest = resolveKubernetesVersion('stable-1')
  return 'version' in newest ? newest.version : ''
}

/** A skipped addon is recorded as disabled, so that an upgrade does not bring it back. */
function withSkippedAddons(config: ClusterConfiguration, skipped: readonly AddonSection[]): ClusterConfiguration {
  return {
    ...config,
    dns: skipped.includes('dns') ? { ...config.dns, disabled: true } : config.dns,
    proxy: skipped.includes('proxy') ? { ...config.proxy, disabled: true } : config.proxy,
  }
}

function initRequest(
  { certificateKey, timeouts }: InitDocument,
  flags: RunFlags,
  bootstrapTokens: readonly BootstrapToken[],
): InitRequest {
  const { uploadCerts, skipTokenPrint, skipCertificateKeyPrint } = flags
  return {
    ...baseRequest(flags, { timeouts: defaultTimeouts(timeouts) }),
    bootstrapTokens,
    ...given({ certificateKey }),
    uploadCerts,
    skipTokenPrint,
    skipCertificateKeyPrint,
  }
}

/** A configuration that is complete: the cluster, what the command is asked, and what decides the run. */
export interface LoadedConfig<R extends BaseRequest> {
  readonly cluster: Cluster
  readonly request: R
  readonly skipPhases: readonly string[]
  readonly warnings: readonly string[]
  readonly dryRun: boolean
}

/** Adds what the host says about itself. Throws CONFIG_INVALID when that is not enough. */
export function completeInit(parsed: ParsedInit, facts: MachineFacts, needs = needsAll): LoadedConfig<InitRequest> {
  const { registration, address } = nodeOfInit(parsed, facts, needs)
  const mismatch = [
    ...(address === '' ? [] : familyFaults(parsed.config, address)),
    ...validateRegistration(registration, initKind),
  ]
  throwProblems(neededFaults(mismatch, needs).map(parsed.drafts.problemOf))
  return assemble(parsed, registration, address, facts)
}

/** The same of the node alone, its address not compared with the networks. Throws CONFIG_INVALID. */
export function nodeOfInit(parsed: ParsedInit, facts: MachineFacts, needs = needsAll) {
  const { node, faults } = completeNode(parsed.node, facts)
  const address = completeAdvertiseAddress(parsed.advertiseAddress, facts, serviceFamily(parsed.config))
  const noAddress = noAddressFault(initKind, ['localAPIEndpoint', 'advertiseAddress'])
  const all = [...faults, ...(address === undefined ? [noAddress] : [])]
  throwProblems(neededFaults(all, needs).map(parsed.drafts.problemOf))
  return { registration: node, address: address ?? '' }
}

function assemble(
  parsed: ParsedInit,
  registration: NodeRegistration,
  address: string,
  facts: MachineFacts,
): LoadedConfig<InitRequest> {
  const { config, bindPort, patches, request, skipPhases, dryRun } = parsed
  const { kubelet, kubeProxy, warnings } = completeComponents(parsed.components, config, address)
  const node = toNode(registration, 'control-plane', address, bindPort, facts)
  return {
    cluster: { config, kubelet, kubeProxy, patches, startupTimeoutMs: startupTimeoutOf(request), nodes: [node] },
    request,
    skipPhases,
    warnings: [...parsed.warnings, ...warnings],
    dryRun,
  }
}

/** The URL of the API that it describes: at the endpoint of the cluster, else on this host. Throws CONFIG_INVALID. */
export function serverOf(parsed: ParsedInit, facts: MachineFacts): string {
  const { config, bindPort, drafts } = parsed
  const address = completeAdvertiseAddress(parsed.advertiseAddress, facts, serviceFamily(config))
  if (address === undefined && config.controlPlaneEndpoint === undefined) {
    const fault = noAddressFault(initKind, ['localAPIEndpoint', 'advertiseAddress'])
    throwProblems([drafts.problemOf({ ...fault, remedy: 'set it in a --config file, or set controlPlaneEndpoint' })])
  }
  return clusterEndpoint(parsed, { advertiseAddress: address ?? '', bindPort })
}
