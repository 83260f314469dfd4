import type { MachineFacts } from '../cluster/cluster.ts'
import { toClusterConfigurationTree } from '../cluster/cluster-configuration-tree.ts'
import { given } from '../cluster/given.ts'
import type { JsonObject } from '../cluster/json.ts'
import { paths } from '../cluster/paths.ts'
import type { InstalledKubelet } from '../cluster/releases.ts'
import type { ClusterConfiguration, NodeRegistration } from '../cluster/spec.ts'
import { nodeOfInit } from './complete-init.ts'
import { parseDocuments } from './documents/documents.ts'
import type { Drafts } from './documents/drafts.ts'
import { foreignDocuments, selectDocuments } from './documents/kinds.ts'
import { type ConfigFile, throwProblems } from './documents/open-drafts.ts'
import { type FieldPath, valueAt } from './field/field-path.ts'
import { parseInit, settleInit } from './init.ts'
import { parseJoin } from './join.ts'
import { initTree, joinTree, resetTree, upgradeTree } from './kind-trees.ts'
import type { DiscoveryFiles } from './kinds/discovery.ts'
import { completeAdvertiseAddress, completeNode } from './kinds/node-registration.ts'
import { parseReset } from './reset.ts'
import { withDurationsOf } from './typed/writing.ts'
import { parseUpgrade } from './upgrade.ts'

export interface MigrateInput {
  readonly file: ConfigFile
  readonly facts: MachineFacts
  /** The kubelet that determines the Kubernetes version, if the file sets none. */
  readonly kubelet: InstalledKubelet | undefined
  readonly startedAt: Date
  readonly randomToken: () => string
  /** Searches for a discovery file, if the host is this one. */
  readonly discoveryFiles?: DiscoveryFiles
}

/**
 * Returns the documents of a file as kadm reads them, with all defaults and facts of the host, in kubeadm's order: init
 * and cluster, join, reset, upgrade. Component configurations are left out. Throws CONFIG_INVALID.
 */
export function migrateFile(input: MigrateInput): readonly JsonObject[] {
  const { file } = input
  const { documents, problems } = parseDocuments(file.text, file.path)
  throwProblems([...problems, ...selectDocuments(documents, []).problems, ...foreignDocuments(documents)])
  const has = (...kinds: readonly string[]) => documents.some(({ kind }) => kinds.includes(kind))
  return [
    ...(has('InitConfiguration', 'ClusterConfiguration') ? migrateInit(input) : []),
    ...(has('JoinConfiguration') ? [migrateJoin(input)] : []),
    ...(has('ResetConfiguration') ? [migrateReset(input)] : []),
    ...(has('UpgradeConfiguration') ? [migrateUpgrade(input)] : []),
  ]
}

function migrateReset({ file, facts }: MigrateInput): JsonObject {
  const criSocket = facts.criSockets[0] ?? paths.defaultCriSocket
  const { config, drafts } = parseReset({ file, flags: {} })
  const names = checksOf(drafts, 'ResetConfiguration', ['ignorePreflightErrors'])
  const tree = resetTree({
    criSocket,
    certificatesDir: paths.defaultCertificatesDir,
    ...config,
    ignorePreflightErrors: names,
  })
  return exact('ResetConfiguration', tree, drafts)
}

function migrateUpgrade({ file }: MigrateInput): JsonObject {
  const { config, drafts } = parseUpgrade(file)
  return exact('UpgradeConfiguration', upgradeTree(config), drafts)
}

/** Durations in memory have no nanoseconds; they are restored from the file. */
function exact(kind: string, tree: JsonObject, drafts: Drafts): JsonObject {
  return withDurationsOf(kind, tree, drafts.read(kind))
}

function migrateInit({ file, facts, kubelet, startedAt, randomToken }: MigrateInput): readonly JsonObject[] {
  const parsed = settleInit(parseInit({ file, flags: {}, startedAt, randomToken }), kubelet)
  const { drafts, request, skipPhases, dryRun } = parsed
  const { registration, address: advertiseAddress } = nodeOfInit(parsed, facts)
  const { bindPort } = parsed
  const init = initTree({
    bootstrapTokens: request.bootstrapTokens,
    ...given({ certificateKey: request.certificateKey?.reveal() }),
    dryRun,
    localAPIEndpoint: { advertiseAddress, bindPort },
    nodeRegistration: asWritten(registration, drafts, 'InitConfiguration'),
    ...patchesOf(drafts, 'InitConfiguration'),
    skipPhases,
    timeouts: request.timeouts,
  })
  const cluster = toClusterConfigurationTree(withoutSkipped(parsed.config, drafts))
  return [exact('InitConfiguration', init, drafts), exact('ClusterConfiguration', cluster, drafts)]
}

function migrateJoin({ file, facts, discoveryFiles = {} }: MigrateInput): JsonObject {
  const { config, node, drafts } = parseJoin({ file, flags: {}, discoveryFiles })
  const completed = completeNode(node, facts)
  throwProblems(completed.faults.map(drafts.problemOf))
  const { controlPlane, ...rest } = config
  const endpoint = controlPlane?.localAPIEndpoint
  const address = completeAdvertiseAddress(endpoint?.advertiseAddress || undefined, facts) ?? ''
  const tree = joinTree({
    ...rest,
    ...patchesOf(drafts, 'JoinConfiguration'),
    nodeRegistration: asWritten(completed.node, drafts, 'JoinConfiguration'),
    ...(controlPlane && endpoint
      ? { controlPlane: { ...controlPlane, localAPIEndpoint: { ...endpoint, advertiseAddress: address } } }
      : {}),
  })
  return exact('JoinConfiguration', tree, drafts)
}

function asWritten(node: NodeRegistration, drafts: Drafts, kind: string): NodeRegistration {
  return { ...node, ignorePreflightErrors: checksOf(drafts, kind, ['nodeRegistration', 'ignorePreflightErrors']) }
}

/** Names of checks keep their case and order. */
function checksOf(drafts: Drafts, kind: string, path: FieldPath): readonly string[] {
  const names = valueAt(drafts.read(kind), path)
  return Array.isArray(names) ? names.map(String) : []
}

/** As in kubeadm, `patches` without a directory is kept. */
function patchesOf(drafts: Drafts, kind: string): { readonly patches?: { readonly directory?: string } } {
  const patches = drafts.valueAt(kind, ['patches'])
  if (patches === undefined || patches === null) return {}
  const directory = valueAt(drafts.read(kind), ['patches', 'directory'])
  return { patches: typeof directory === 'string' ? { directory } : {} }
}

/** Only a run records a skipped add-on as disabled. */
function withoutSkipped(config: ClusterConfiguration, drafts: Drafts): ClusterConfiguration {
  const disabled = (addon: string) => drafts.valueAt('ClusterConfiguration', [addon, 'disabled']) === true
  return { ...config, dns: { ...config.dns, disabled: disabled('dns') }, proxy: { disabled: disabled('proxy') } }
}
