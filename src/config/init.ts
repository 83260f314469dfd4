import { defaultBindPort } from '../cluster/components.ts'
import { given } from '../cluster/given.ts'
import type { JsonObject } from '../cluster/json.ts'
import type { Patch } from '../cluster/patch.ts'
import type { InstalledKubelet } from '../cluster/releases.ts'
import type { InitRequest } from '../cluster/request.ts'
import type { AddonSection, BootstrapToken, ClusterConfiguration } from '../cluster/spec.ts'
import { baseRequest } from './base-request.ts'
import type { Drafts } from './documents/drafts.ts'
import { refuseNotBuilt } from './documents/not-built.ts'
import { type ConfigFile, openDrafts, throwProblems } from './documents/open-drafts.ts'
import { type ListPatchFiles, openPatches } from './documents/patch-files.ts'
import { allProblems, readDocument } from './documents/sound-part.ts'
import type { CheckNames } from './field/check-names.ts'
import { valueAt } from './field/field-path.ts'
import type { FlagValues } from './flags/flag.ts'
import { overlayFlags, type RunFlags, readRunFlags, refuseMixing, refuseTwice, tokenTwice } from './flags/overlay.ts'
import { defaultTokens } from './kinds/bootstrap-tokens.ts'
import { defaultClusterConfiguration } from './kinds/cluster-configuration.ts'
import { clusterSchema } from './kinds/cluster-schema.ts'
import { type ComponentKind, checkComponent } from './kinds/component-configs.ts'
import { type InitDocument, initSchema } from './kinds/kind-schemas.ts'
import {
  deployedVersions,
  type ResolvedVersion,
  resolveKubernetesVersion,
  versionForKubelet,
} from './kinds/kubernetes-version.ts'
import { draftNode, type NodeDraft } from './kinds/node-registration.ts'
import { type JudgePhase, validatePhases } from './kinds/skipped-phases.ts'
import { defaultTimeouts } from './kinds/timeouts.ts'
import { validateInit, warnOfInit } from './rules/init.ts'

export interface InitInput {
  readonly file?: ConfigFile
  readonly flags: FlagValues
  readonly startedAt: Date
  /** Generates a bootstrap token: `id.secret`. */
  readonly randomToken: () => string
  /** Lists the operator's files in a patches directory; set by commands that apply patches. */
  readonly patchFiles?: ListPatchFiles
  /** Validates phase names in a file. */
  readonly judgePhase?: JudgePhase
  /** The preflight checks that can be ignored, to warn about other names. */
  readonly checkNames?: CheckNames
  /** Returns the add-ons that these skipped phases would deploy. */
  readonly skippedAddons?: (skipped: readonly string[]) => readonly AddonSection[]
}

/** A configuration of init that was validated as far as possible without the host. */
interface InitParts {
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

/** The Kubernetes version is known. */
export interface SettledInit extends InitParts {
  readonly forKubelet?: never
}

/** The operator sets no Kubernetes version: it follows the kubelet. Until then, `config` has one that fits. */
export interface OpenInit extends InitParts {
  readonly forKubelet: (kubelet: InstalledKubelet | undefined) => SettledInit
}

export type ParsedInit = SettledInit | OpenInit

/** Determines the version if it is not set. Throws CONFIG_INVALID if the rest does not fit, PREFLIGHT_FAILED. */
export function settleInit(parsed: ParsedInit, kubelet: InstalledKubelet | undefined): SettledInit {
  return parsed.forKubelet === undefined ? parsed : parsed.forKubelet(kubelet)
}

const kinds = ['InitConfiguration', 'ClusterConfiguration', 'KubeletConfiguration', 'KubeProxyConfiguration']
const initKind = 'InitConfiguration'

/**
 * Reads the file and the flags of init, and validates everything that needs no host. Throws CONFIG_INVALID, USAGE,
 * NOT_BUILT.
 */
export function parseInit(input: InitInput): ParsedInit {
  const read = readInit(input)
  const wanted = valueAt(read.drafts.read('ClusterConfiguration'), ['kubernetesVersion'])
  if (typeof wanted === 'string' && wanted !== '') return settle(read, resolveKubernetesVersion(wanted))
  const fits = deployedVersions.find(version => judge(read, { version }).problems.length === 0)
  return {
    ...settle(read, { version: fits ?? deployedVersions[0] }),
    forKubelet: kubelet => settle(read, { version: versionForKubelet(kubelet) }),
  }
}

type ReadInit = ReturnType<typeof readInit>

/** Reads the parts that do not depend on the version. */
function readInit(input: InitInput) {
  const { file, flags, startedAt, randomToken } = input
  const { drafts, kinds: found, problems, warnings } = openInit(file, flags)
  const { value: init = {}, faults } = readDocument(initSchema, initKind, drafts.typed(initKind))
  const cluster = readDocument(clusterSchema, 'ClusterConfiguration', drafts.typed('ClusterConfiguration'))
  const { patches, ...unfit } = openPatches(init.patches?.directory, input.patchFiles, text =>
    drafts.problemOf({ kind: initKind, path: ['patches', 'directory'], ...text }),
  )
  const bindPort = init.localAPIEndpoint?.bindPort || defaultBindPort
  const node = draftNode(initKind, init.nodeRegistration ?? {}, 'control-plane')
  const phases = flags['skip-phases'] === undefined ? validatePhases(initKind, init.skipPhases, input.judgePhase) : []
  const skippedAddons = input.skippedAddons?.(init.skipPhases ?? []) ?? []
  return {
    ...{ drafts, init, patches, bindPort, node, startedAt, skippedAddons, problems, unfit, warnings },
    checkNames: input.checkNames,
    cluster: cluster.value ?? {},
    faults: [...faults, ...cluster.faults],
    phaseFaults: phases,
    typed: (['KubeletConfiguration', 'KubeProxyConfiguration'] as const).flatMap(kind =>
      found.has(kind) ? [{ kind, tree: drafts.typed(kind) }] : [],
    ),
    request: initRequest(init, readRunFlags(flags), defaultTokens(init.bootstrapTokens, startedAt, randomToken)),
  }
}

/** Returns the configuration with this version, and all errors in it. */
function judge(read: ReadInit, resolved: ResolvedVersion) {
  const { drafts, init, node, bindPort, startedAt } = read
  // With an unknown version, validates for the newest: this adds no error about the version itself.
  const version = 'version' in resolved ? resolved.version : deployedVersions[0]
  const config = withSkippedAddons(defaultClusterConfiguration(read.cluster, version, bindPort), read.skippedAddons)
  const sketch = { init, node, config, bindPort, startedAt }
  const unknown =
    'message' in resolved ? [{ kind: 'ClusterConfiguration', path: ['kubernetesVersion'], ...resolved }] : []
  const components = read.typed.flatMap(({ kind, tree }) => checkComponent(kind, tree, version))
  const judged = [...validateInit(sketch), ...read.phaseFaults]
  const found = allProblems(drafts, read.problems, [...read.faults, ...unknown, ...components], judged)
  return { config, problems: [...found, ...read.unfit.problems], warnings: warnOfInit(sketch, read.checkNames) }
}

function settle(read: ReadInit, resolved: ResolvedVersion): SettledInit {
  const { drafts, init, node, bindPort, patches, request, typed } = read
  const { config, problems, warnings } = judge(read, resolved)
  throwProblems(problems)
  refuseNotBuilt(Object.fromEntries([initKind, 'ClusterConfiguration'].map(kind => [kind, drafts.read(kind)])))
  const treeOf = (kind: ComponentKind) => typed.find(one => one.kind === kind)?.tree.tree
  return {
    ...{ config, node, bindPort, patches, request, drafts },
    ...given({ advertiseAddress: init.localAPIEndpoint?.advertiseAddress }),
    components: given({ kubelet: treeOf('KubeletConfiguration'), kubeProxy: treeOf('KubeProxyConfiguration') }),
    skipPhases: init.skipPhases ?? [],
    dryRun: init.dryRun ?? false,
    warnings: [...read.warnings, ...warnings, ...read.unfit.warnings],
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

/** A skipped add-on is recorded as disabled, so that an upgrade does not deploy it. */
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
