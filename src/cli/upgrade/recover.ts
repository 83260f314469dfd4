import { findRollbackNode } from '../../compose/rollback-node.ts'
import { isKadmError, type KadmError } from '../../errors/kadm-error.ts'
import { readUpgradeRecords } from '../../observe/left/upgrade-records.ts'
import { upgradeRollback } from '../../phases/upgrade-pipelines.ts'
import type { RecoveryScope } from '../run/intent.ts'
import type { UpgradeAsked, UpgradeSeen } from './asked.ts'

/**
 * After a failed upgrade of a control plane: rolls it back with --rollback-on-failure, and offers it otherwise. An upgrade
 * that failed before its first change has no backup.
 */
export async function recoverUpgrade(
  failure: KadmError,
  { asked, seen, hosts, run }: RecoveryScope<UpgradeAsked, UpgradeSeen>,
): Promise<KadmError> {
  const failed = seen.targets.findIndex(({ node }) => node.name === failure.where?.node)
  const [target, host] = [seen.targets[failed], hosts[failed]]
  if (target?.node.role !== 'control-plane' || host === undefined) return failure
  const [record] = await readUpgradeRecords(host)
  if (record?.state !== 'open') return failure
  if (!asked.rollbackOnFailure) return offered(failure, host.spec)
  try {
    const found = await findRollbackNode(host, { kubeconfig: target.request.kubeconfig, restoreSnapshot: false })
    await run('upgrade rollback', upgradeRollback([found]), new Map([[found.node, host]]))
    const problem = { message: `${target.node.name} was rolled back to ${record.from}` }
    return failure.with({ code: 'UPGRADE_ROLLED_BACK', problems: [...failure.problems, problem] })
  } catch (error) {
    if (!isKadmError(error)) throw error
    const problem = { message: `${target.node.name} could not be rolled back: ${error.message}` }
    return offered(failure.with({ problems: [...failure.problems, problem] }), host.spec)
  }
}

const back = 'go back to the version before with `kadm upgrade rollback`'

function offered(failure: KadmError, spec: string | undefined): KadmError {
  const { hint } = failure
  const command = spec === undefined ? back : back.replace(/`$/, ` --host ${spec}\``)
  return failure.with({ hint: hint === undefined ? command : `${hint}; or ${command}` })
}
