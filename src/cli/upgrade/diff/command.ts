import { type Command, Option } from 'commander'
import { type Act, describe } from '../../command.ts'
import { OfferingArgument, OfferingOption } from '../../offers.ts'
import { addCommonOptions, addPrinterOptions } from '../../options.ts'
import { withRunner } from '../../run/with-runner.ts'
import type { DiffOptions } from './parse.ts'

const examples = `\
  kadm upgrade diff v1.37.2                             what the upgrade changes on this control plane
  kadm upgrade diff                                     what differs from the files of the cluster's own version
  kadm upgrade diff v1.37.2 --host root@cp1,root@cp2 --patches ./patches
  kadm upgrade diff v1.37.2 -o json                     the complete texts, for programs`

export function addDiff(upgrade: Command, act: Act): void {
  const purpose = 'show what an upgrade changes in files of nodes and in objects of the cluster; changes nothing'
  addPrinterOptions(addCommonOptions(describe(upgrade.command('diff'), purpose, examples)))
    .addArgument(new OfferingArgument('[version]', 'target version (default: the version of the cluster)', 'version'))
    .addOption(new OfferingOption('--config <path>', 'file with an UpgradeConfiguration', 'file'))
    .addOption(new Option('-c, --context-lines <number>', 'lines of context around each change (default: 3)'))
    .addOption(
      new OfferingOption('--kubeconfig <path>', 'kubeconfig file on the host', 'host-file').default(
        '/etc/kubernetes/admin.conf',
      ),
    )
    .addOption(new OfferingOption('--patches <dir>', 'directory of patches, as for the upgrade', 'directory'))
    .action(
      act(async () => {
        const { diffIntent, runIntent } = await withRunner(import('./intent.ts'))
        return (version: string | undefined, options: DiffOptions) =>
          runIntent(diffIntent, { version, options }, options)
      }),
    )
}
