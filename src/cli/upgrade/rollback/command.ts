import type { Command } from 'commander'
import { sharedFlags } from '../../../config/flags/shared.ts'
import { type Act, describe } from '../../command.ts'
import { OfferingOption } from '../../offers.ts'
import { addCommonOptions } from '../../options.ts'
import { withRunner } from '../../run/with-runner.ts'
import type { RollbackOptions } from './intent.ts'

const examples = `\
  kadm upgrade rollback                                 this control plane, after confirmation
  kadm upgrade rollback -y --host root@cp1              a control plane over SSH, without confirmation
  kadm upgrade rollback --dry-run                       show the changes without making them
  kadm upgrade rollback --restore-etcd-snapshot         also put etcd back to its state before the upgrade`

export function addRollback(upgrade: Command, act: Act): void {
  const purpose = 'restore manifests, configuration and add-ons from before the last upgrade of control planes'
  addCommonOptions(describe(upgrade.command('rollback'), purpose, examples))
    .addOption(
      new OfferingOption('--kubeconfig <path>', 'kubeconfig file on the host', 'host-file').default(
        '/etc/kubernetes/admin.conf',
      ),
    )
    .option(
      '--restore-etcd-snapshot',
      'also restore the snapshot of etcd that the upgrade took, on the only control plane of a cluster: what was written since is lost',
    )
    .option('--dry-run', sharedFlags.dryRun.description)
    .option('-y, --yes', 'do not ask for confirmation')
    .action(
      act(async () => {
        const { rollbackIntent, runIntent } = await withRunner(import('./intent.ts'))
        return (options: RollbackOptions) => runIntent(rollbackIntent, options, options)
      }),
    )
}
