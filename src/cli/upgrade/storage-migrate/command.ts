import type { Command } from 'commander'
import { sharedFlags } from '../../../config/flags/shared.ts'
import { type Act, describe } from '../../command.ts'
import { OfferingOption } from '../../offers.ts'
import { addCommonOptions, collectTexts } from '../../options.ts'
import { withRunner } from '../../run/with-runner.ts'
import type { StorageMigrateOptions } from './intent.ts'

const examples = `\
  kadm upgrade storage-migrate                          on a control plane: rewrite the objects of every resource
  kadm upgrade storage-migrate --host root@cp1 --dry-run
  kadm upgrade storage-migrate --resource secrets --resource widgets.example.com
  kadm upgrade storage-migrate --host root@cp1 --timeout 2h -o json`

export function addStorageMigrate(upgrade: Command, act: Act): void {
  const purpose = 'rewrite stored objects in the versions that the cluster stores now, after an upgrade'
  addCommonOptions(describe(upgrade.command('storage-migrate'), purpose, examples))
    .option(
      '--resource <name>',
      'only this resource, such as deployments.apps; repeatable (default: all)',
      collectTexts,
    )
    .addOption(
      new OfferingOption('--kubeconfig <path>', 'kubeconfig file on the host', 'host-file').default(
        '/etc/kubernetes/admin.conf',
      ),
    )
    .option('--timeout <duration>', 'how long to wait for the migrations', '30m')
    .option('--dry-run', sharedFlags.dryRun.description)
    .action(
      act(async () => {
        const { runIntent, storageMigrateIntent } = await withRunner(import('./intent.ts'))
        return (options: StorageMigrateOptions) => runIntent(storageMigrateIntent, options, options)
      }),
    )
}
