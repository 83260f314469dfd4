import type { Command } from 'commander'
import { upgradeChecks } from '../../../cluster/upgrade-plan.ts'
import { exitCodes } from '../../../errors/codes.ts'
import { type Act, describe } from '../../command.ts'
import { OfferingArgument, OfferingOption } from '../../offers.ts'
import { addCommonOptions, addPrinterOptions, collectTexts } from '../../options.ts'
import { withRunner } from '../../run/with-runner.ts'
import type { PlanOptions } from './parse.ts'

const examples = `\
  kadm upgrade plan                                     on a control plane: the versions it can be upgraded to
  kadm upgrade plan v1.37.2 --host root@cp1             what to know before this upgrade; asks no server for versions
  kadm upgrade plan --host root@cp1,root@cp2,root@w1    with drift and certificates of three nodes
  kadm upgrade plan --exit-code -o json                 for CI: exit code 6 if an upgrade is available`

export function addPlan(upgrade: Command, act: Act): void {
  const purpose = 'show the versions that a cluster can be upgraded to, and what to know before; changes nothing'
  addPrinterOptions(addCommonOptions(describe(upgrade.command('plan'), purpose, examples)))
    .addArgument(new OfferingArgument('[version]', 'target version (default: the newest ones)', 'version'))
    .option('--allow-experimental-upgrades', 'show alpha, beta and release candidate versions too')
    .option('--allow-release-candidate-upgrades', 'show release candidate versions too')
    .addOption(new OfferingOption('--config <path>', 'file with an UpgradeConfiguration', 'file'))
    .option('--etcd-upgrade', 'show the upgrade of etcd (default: true)')
    .option('--exit-code', `exit with code ${exitCodes.available} if an upgrade is available`)
    .addOption(
      new OfferingOption(
        '--ignore-preflight-errors <checks>',
        "checks whose errors are reported as warnings: 'AdmissionWebhooks', or 'all'",
        [...upgradeChecks, 'all'],
        true,
      ).argParser(collectTexts),
    )
    .addOption(
      new OfferingOption('--kubeconfig <path>', 'kubeconfig file on the host', 'host-file').default(
        '/etc/kubernetes/admin.conf',
      ),
    )
    .addOption(new OfferingOption('--patches <dir>', 'directory of patches that the upgrade will get', 'directory'))
    .option('--print-config', 'print the configuration that the upgrade uses')
    .action(
      act(async () => {
        const { planIntent, runIntent } = await withRunner(import('./intent.ts'))
        return (version: string | undefined, options: PlanOptions) =>
          runIntent(planIntent, { version, options }, options)
      }),
    )
}
