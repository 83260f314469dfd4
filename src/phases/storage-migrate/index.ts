import type { Kube } from '../../clients/kube/kube.ts'
import { refOf } from '../../clients/kube/kube.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { StorageMigrateRequest } from '../../cluster/request.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { migrationVersion } from '../../observe/cluster/stored-resources.ts'
import { withApi } from '../../ops/api.ts'
import type { ControlPlaneContext, ControlPlanePhase } from '../phase.ts'

const kind = 'StorageVersionMigration'
const label = 'app.kubernetes.io/managed-by'
const versionLabel = 'kadm.io/storage-version'
const query = { apiVersion: migrationVersion, kind, labelSelector: `${label}=kadm` }

/**
 * Has kube-controller-manager rewrite every object in the version in which the API servers store it now. A run that was
 * interrupted continues to wait for the migrations that it started.
 */
export const storageMigrate: ControlPlanePhase<StorageMigrateRequest> = {
  id: 'storage-migrate',
  role: 'control-plane',
  title: 'Rewrite stored objects in their current version',
  about:
    'Creates a StorageVersionMigration for each resource, waits until kube-controller-manager has completed all of them, and deletes those that succeeded.',
  kubeadm: 'none',
  needs: [],
  async run(ctx) {
    await start(ctx)
    const ended = await untilEnded(ctx)
    const succeeded = ended.filter(one => conditionOf(one, 'Succeeded') !== undefined)
    for (const one of succeeded) ctx.report({ kind: 'result', key: 'migrated', value: nameOf(one) })
    await Promise.all(
      succeeded.map(one => withApi(ctx, `deleting ${one.metadata.name}`, kube => kube.remove(refOf(one)))),
    )
    const failed = ended.filter(one => !succeeded.includes(one))
    if (failed.length > 0) throw notMigrated(failed)
  },
}

type Ctx = ControlPlaneContext<StorageMigrateRequest>

/**
 * Creates what does not run yet. A migration that succeeded after an earlier run had stopped counts if it was for the same
 * version; another one that has ended never runs again.
 */
async function start(ctx: Ctx): Promise<void> {
  const { resources, resumes } = ctx.request
  const version = ctx.cluster.config.kubernetesVersion
  const before = await withApi(ctx, 'listing the migrations', kube => kube.list(query))
  const counts = (one: KubeObject) =>
    !hasEnded(one) ||
    (resumes && conditionOf(one, 'Succeeded') !== undefined && one.metadata.labels?.[versionLabel] === version)
  const old = before.filter(one => !counts(one))
  await Promise.all(old.map(one => withApi(ctx, 'deleting an earlier migration', kube => kube.remove(refOf(one)))))
  const there = new Set(before.filter(counts).map(nameOf))
  const missing = resources.filter(name => !there.has(name))
  ctx.report({ kind: 'progress', text: `migrating ${resources.length} resources` })
  await Promise.all(
    missing.map(name => withApi(ctx, `migrating ${name}`, kube => create(kube, migrationOf(name, version)))),
  )
}

/** An answer that was lost may have created it. */
async function create(kube: Kube, migration: KubeObject): Promise<void> {
  try {
    await kube.create(migration)
  } catch (error) {
    if (!isKadmError(error, 'API_CONFLICT')) throw error
  }
}

function migrationOf(name: string, version: string): KubeObject {
  const [resource = '', ...group] = name.split('.')
  return {
    apiVersion: migrationVersion,
    kind,
    metadata: { name: `kadm-${name}`, labels: { [label]: 'kadm', [versionLabel]: version } },
    spec: { resource: { group: group.join('.'), resource } },
  }
}

async function untilEnded(ctx: Ctx): Promise<readonly KubeObject[]> {
  const { resources, waitMs } = ctx.request
  const kube = await ctx.kube('admin')
  let waiting: readonly string[] = resources
  const probe = async () => {
    const all = (await kube.list(query)).filter(one => resources.includes(nameOf(one)))
    const ended = all.filter(hasEnded)
    const left = resources.filter(name => !ended.some(one => nameOf(one) === name))
    if (left.length > 0 && left.length < waiting.length) {
      ctx.report({ kind: 'progress', text: `${ended.length} of ${resources.length} resources are migrated` })
    }
    waiting = left
    return left.length === 0 ? ended : undefined
  }
  try {
    return await ctx.until('the migrations', probe, { timeoutMs: waitMs, intervalMs: 500, assume: [] })
  } catch (error) {
    if (!isKadmError(error, 'TIMEOUT')) throw error
    throw error.with({
      problems: waiting.map(name => ({ message: `${name} is not migrated yet` })),
      hint: 'the migrations continue in the cluster: run the same command again to wait for them, with a longer --timeout',
    })
  }
}

/** Returns the resource of a migration: `deployments.apps`. */
function nameOf({ spec }: KubeObject): string {
  const { resource } = (spec ?? {}) as { readonly resource?: { readonly group?: string; readonly resource: string } }
  return [resource?.resource, resource?.group].filter(part => part !== undefined && part !== '').join('.')
}

function hasEnded(migration: KubeObject): boolean {
  return ['Succeeded', 'Failed'].some(type => conditionOf(migration, type) !== undefined)
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly message?: string
}

/** Returns the condition if it is true. */
function conditionOf({ status }: KubeObject, type: string): Condition | undefined {
  const { conditions = [] } = (status ?? {}) as { readonly conditions?: readonly Condition[] }
  return conditions.find(one => one.type === type && one.status === 'True')
}

function notMigrated(failed: readonly KubeObject[]): KadmError {
  const problems = failed.map(one => ({
    message: `${nameOf(one)}: ${conditionOf(one, 'Failed')?.message ?? 'no cause was reported'}`,
  }))
  const what = failed.length === 1 ? 'a resource was' : `${failed.length} resources were`
  return new KadmError('MIGRATION_FAILED', `${what} not migrated`, {
    problems,
    hint: 'correct the cause, and run the same command again with --resource for each of them; objects that were rewritten stay so',
  })
}
