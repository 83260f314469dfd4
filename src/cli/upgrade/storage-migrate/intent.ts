import type { Cluster } from '../../../cluster/cluster.ts'
import { parseDuration } from '../../../cluster/duration.ts'
import { paths } from '../../../cluster/paths.ts'
import type { StorageMigrateRequest } from '../../../cluster/request.ts'
import { openUpgradeCluster, type UpgradeCluster } from '../../../compose/upgrade-nodes.ts'
import { baseRequest } from '../../../config/base-request.ts'
import { clusterAtHost } from '../../../config/cluster-at-host.ts'
import { defaultTimeouts } from '../../../config/kinds/timeouts.ts'
import { parseStoredCluster } from '../../../config/stored-configuration.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import type { HostReader } from '../../../host/host.ts'
import { observeState } from '../../../observe/cluster/observe-state.ts'
import { readRunningVersions } from '../../../observe/cluster/running-versions.ts'
import { readStoredResources, type StoredResources } from '../../../observe/cluster/stored-resources.ts'
import { migrateStorage } from '../../../phases/upgrade-pipelines.ts'
import { machinePath } from '../../named-paths.ts'
import type { CommonOptions } from '../../options.ts'
import type { Asked, Intent, Reached, Seen } from '../../run/intent.ts'
import { type StorageMigrateResult, storageMigrateResult, storageMigrateText } from './result.ts'

export interface StorageMigrateOptions extends CommonOptions {
  readonly kubeconfig: string
  readonly timeout: string
  readonly resource?: readonly string[]
  readonly dryRun?: boolean
}

interface MigrateAsked extends Asked {
  readonly kubeconfig: string
  readonly waitMs: number
  /** Empty: all that the cluster stores. */
  readonly resources: readonly string[]
}

interface MigrateSeen extends Seen<StorageMigrateRequest> {
  readonly version: string
}

/** `kadm upgrade storage-migrate`: works on one control plane, for the whole cluster. */
export const storageMigrateIntent: Intent<StorageMigrateOptions, MigrateAsked, MigrateSeen, StorageMigrateResult> = {
  name: () => 'kadm upgrade storage-migrate',
  plan: 'upgrade storage-migrate',
  parse: parseMigrate,
  observe: observeMigrate,
  stages: ({ targets }) => migrateStorage(targets),
  answer: ({ seen, report }) => storageMigrateResult(seen.version, report),
  text: storageMigrateText,
}

function parseMigrate(options: StorageMigrateOptions): MigrateAsked {
  const [spec, ...more] = options.host ?? []
  if (more.length > 0) throw new KadmError('USAGE', 'give exactly one --host: a control plane host of the cluster')
  const waitMs = parseDuration(options.timeout)
  if (waitMs === undefined || waitMs <= 0) {
    throw new KadmError('USAGE', `--timeout ${options.timeout} is not a duration`, {
      hint: 'write it as 90s, 5m or 2h',
    })
  }
  const kubeconfig = options.kubeconfig || `${paths.kubernetesDir}/admin.conf`
  return {
    waitMs,
    resources: [...new Set(options.resource)],
    kubeconfig: machinePath(kubeconfig, { by: '--kubeconfig', remote: spec !== undefined }),
    ...{ dryRun: options.dryRun === true, pick: {}, warnings: [], access: 'change' },
    hosts: [{ flag: '--host', spec }],
  }
}

async function observeMigrate(asked: MigrateAsked, { first }: Reached): Promise<MigrateSeen> {
  const opened = await openUpgradeCluster([first], asked.kubeconfig)
  const { kube } = opened
  const reading = Promise.all([readVersion(opened), readStoredResources(kube), observeState({ hosts: [first] })])
  const [version, stored, state] = await reading.finally(() => kube.close())
  if (stored === undefined) throw unable(version, first)
  const request: StorageMigrateRequest = {
    ...baseRequest({ kubeconfig: asked.kubeconfig }, { timeouts: defaultTimeouts(undefined) }),
    ...{ resources: chosen(asked.resources, stored), resumes: asked.resources.length === 0, waitMs: asked.waitMs },
  }
  const cluster = clusterOf(opened, request)
  return {
    version,
    targets: cluster.nodes.map(node => ({ cluster, node, request })),
    warnings: stored.silent.map(group => `the resources of ${group} are left out: the API server does not list them`),
    ...{ state, onControlPlane: true, dry: { newCluster: false } },
  }
}

/** Throws PREFLIGHT_FAILED during an upgrade: each API server stores objects in its own versions. */
async function readVersion({ kube }: UpgradeCluster): Promise<string> {
  const { cluster, components } = await readRunningVersions(kube, [])
  const servers = components.filter(({ name }) => name === 'kube-apiserver')
  if (new Set(servers.map(({ version }) => version)).size <= 1) return `v${cluster}`
  throw new KadmError('PREFLIGHT_FAILED', 'the API servers have different versions', {
    problems: servers.map(({ node, version }) => ({ message: `${node} has ${version}` })),
    hint: 'complete the upgrade of all control planes first',
  })
}

function unable(version: string, { name }: HostReader): KadmError {
  return new KadmError(
    'PREFLIGHT_FAILED',
    `the API server of ${name} (${version}) does not serve StorageVersionMigration`,
    {
      hint: 'Kubernetes serves it from v1.37 on, unless a flag of kube-apiserver turns it off: upgrade first',
    },
  )
}

/** Throws USAGE for a name that the cluster does not store. */
function chosen(asked: readonly string[], { names, due }: StoredResources): readonly string[] {
  const unknown = asked.filter(name => !names.includes(name))
  if (unknown.length > 0) {
    throw new KadmError('USAGE', `the cluster stores no resource ${unknown.join(', ')}`, {
      hint: `give names such as secrets or deployments.apps; the cluster has ${names.join(', ')}`,
    })
  }
  return asked.length === 0 ? due : asked
}

function clusterOf({ places, documents }: UpgradeCluster, request: StorageMigrateRequest): Cluster {
  const [place] = places
  if (place === undefined) throw new KadmError('INTERNAL', 'a migration has no host')
  const { config } = parseStoredCluster(documents.clusterConfiguration)
  return clusterAtHost({ ...place, config }, request)
}
