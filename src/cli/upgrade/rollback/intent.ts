import { paths } from '../../../cluster/paths.ts'
import type { RollbackRequest } from '../../../cluster/request.ts'
import { upgradesDir } from '../../../cluster/upgrade-record.ts'
import { namedMachines } from '../../../compose/machines.ts'
import { findRollbackNode, newerKubelets, type RollbackNode, readKubelets } from '../../../compose/rollback-node.ts'
import { observeState } from '../../../observe/cluster/observe-state.ts'
import { upgradeRollback } from '../../../phases/upgrade-pipelines.ts'
import { machinePath } from '../../named-paths.ts'
import type { CommonOptions } from '../../options.ts'
import type { Asked, Intent, Question, Reached, Seen } from '../../run/intent.ts'
import type { RunReport } from '../../run/run-plan.ts'

export interface RollbackOptions extends CommonOptions {
  readonly kubeconfig: string
  readonly restoreEtcdSnapshot?: boolean
  readonly yes?: boolean
  readonly dryRun?: boolean
}

interface RollbackAsked extends Asked {
  readonly kubeconfig: string
  readonly restoreSnapshot: boolean
  readonly agreed: boolean
}

interface RollbackSeen extends Seen<RollbackRequest> {
  readonly found: readonly RollbackNode[]
}

/** The result of `kadm upgrade rollback`. */
export interface RollbackResult {
  readonly nodes: readonly {
    readonly name: string
    readonly from: string
    readonly to: string
    readonly backup: string
    readonly changes: number
  }[]
  readonly changes: RunReport['changes']
  readonly phases: RunReport['phases']
  readonly warnings: readonly string[]
  readonly seconds: number
}

/** `kadm upgrade rollback`: restores the newest backup of control planes, in the order of the hosts. */
export const rollbackIntent: Intent<RollbackOptions, RollbackAsked, RollbackSeen, RollbackResult> = {
  name: () => 'kadm upgrade rollback',
  plan: 'upgrade rollback',
  parse: options => ({
    hosts: namedMachines(options),
    access: 'change',
    dryRun: options.dryRun === true,
    agreed: options.yes === true,
    restoreSnapshot: options.restoreEtcdSnapshot === true,
    pick: {},
    warnings: [],
    kubeconfig: machinePath(options.kubeconfig || `${paths.kubernetesDir}/admin.conf`, {
      by: '--kubeconfig',
      remote: options.host !== undefined,
    }),
  }),
  observe: observeRollback,
  stages: ({ found }) => upgradeRollback(dueOf(found)),
  question: ({ asked, seen }) => questionOf(asked, seen),
  answer: ({ seen, report }) => resultOf(seen, report),
  text: ({ nodes, seconds }) =>
    nodes.map(({ name, to, changes }) => `${name}: ${textOf(to, changes)} (${seconds} s).\n`).join(''),
}

async function observeRollback(asked: RollbackAsked, { hosts }: Reached): Promise<RollbackSeen> {
  const [found, state, kubelets] = await Promise.all([
    Promise.all(hosts.map(host => findRollbackNode(host, asked))),
    observeState({ hosts }),
    readKubelets(hosts, asked.kubeconfig),
  ])
  const warnings = newerKubelets(dueOf(found), kubelets)
  return { found, targets: found, state, warnings, onControlPlane: true, dry: { newCluster: false } }
}

function questionOf({ dryRun, agreed, restoreSnapshot }: RollbackAsked, { found }: RollbackSeen): Question | undefined {
  if (dryRun) return undefined
  const due = dueOf(found)
  if (due.length === 0) return undefined
  const lines = due.map(({ node, record }) => {
    return `This rolls ${node.name} back from ${record.to} to ${record.from}, with the backup in ${upgradesDir}/${record.run}.\n`
  })
  const data = restoreSnapshot
    ? `This restores the snapshot of etcd in the backup: EVERYTHING that was written to the cluster since the upgrade began is LOST.\n`
    : 'The data of etcd stay: nothing that was written since is lost.\n'
  return {
    text: `${lines.join('')}${data}`,
    ask: !agreed,
    flag: '-y (--yes)',
  }
}

/**
 * Returns the nodes that were not rolled back yet, or without the snapshot that is to be restored. The control plane that was upgraded first comes last: its backup has
 * the earlier configuration of the cluster.
 */
function dueOf(found: readonly RollbackNode[]): readonly RollbackNode[] {
  const due = found.filter(({ record, request }) => record.state !== 'rolled back' || request.restoreSnapshot)
  return due.toSorted((a, b) => Number(a.request.restoresConfig) - Number(b.request.restoresConfig))
}

function resultOf({ found }: RollbackSeen, { changes, phases, warnings, seconds }: RunReport): RollbackResult {
  const nodes = found.map(({ node: { name }, record: { from, to, run } }) => ({
    ...{ name, from: to, to: from, backup: `${upgradesDir}/${run}` },
    changes: changes.filter(({ node }) => node === name).length,
  }))
  return { nodes, changes, phases, warnings, seconds }
}

function textOf(to: string, changes: number): string {
  return changes === 0 ? `has version ${to}; nothing was changed` : `the control plane was rolled back to ${to}`
}
