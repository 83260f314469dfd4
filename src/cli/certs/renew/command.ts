import type { Command } from 'commander'
import { renewableNames } from '../../../cluster/renewable-names.ts'
import { sharedFlags } from '../../../config/flags/shared.ts'
import { type Act, describe } from '../../command.ts'
import { OfferingArgument, OfferingOption } from '../../offers.ts'
import { addCommonOptions, keepAll } from '../../options.ts'
import { withRunner } from '../../run/with-runner.ts'
import type { RenewOptions } from './parse.ts'

const examples = `\
  kadm certs renew all                                  every certificate of this control plane
  kadm certs renew apiserver admin.conf --host root@cp1 two certificates of cp1, over SSH
  kadm certs renew all --expiring-within 30d --host root@cp1,root@cp2,root@cp3
  kadm certs renew all --refresh-kubeconfig /root/.kube/config
  kadm certs renew all --host cp1,cp2,cp3,w1,w2         bring back a cluster that has expired
  kadm certs renew all --dry-run                        show the new certificates without writing them`

export function addRenew(certs: Command, act: Act): void {
  const renew = describe(
    certs.command('renew'),
    'renew certificates of control planes and expired kubelets, and restart components that keep old ones',
    examples,
  )
  let names = ''
  certs.hook('preSubcommand', async () => {
    names = (await import('./names.ts')).nameLines
  })
  const certDir = 'directory of the certificates (default: that of the cluster)'
  const kubeconfig = 'kubeconfig file on the host, to read the configuration of the cluster'
  const copies = 'copy of a kubeconfig on the host to refresh, such as /root/.kube/config; can be repeated'
  addCommonOptions(renew)
    .addArgument(
      new OfferingArgument('<name...>', 'all, or names of certificates', ['all', ...renewableNames, 'kubelet-client']),
    )
    .addOption(new OfferingOption('--cert-dir <dir>', certDir, 'host-directory'))
    .addOption(
      new OfferingOption('--config <path>', 'configuration file; replaces the configuration in the cluster', 'file'),
    )
    .addOption(new OfferingOption('--kubeconfig <path>', kubeconfig, 'host-file').default('/etc/kubernetes/admin.conf'))
    .addOption(new OfferingOption('--refresh-kubeconfig <path>', copies, 'host-file').argParser(keepAll))
    .option('--expiring-within <duration>', 'renew only what expires within this time, such as 30d or 720h')
    .option('--no-restart', 'do not restart components that still use an old certificate')
    .option('--dry-run', sharedFlags.dryRun.description)
    .addHelpText('after', () => `\nNames:\n${names}`)
    .action(
      act(async () => {
        const { renewIntent, runIntent } = await withRunner(import('./intent.ts'))
        return (given: readonly string[], options: RenewOptions) =>
          runIntent(renewIntent, { names: given, options }, options)
      }),
    )
}
