import type { Command } from 'commander'
import { sharedFlags } from '../../../config/flags/shared.ts'
import { type Act, describe } from '../../command.ts'
import { OfferingArgument, OfferingOption } from '../../offers.ts'
import { addCommonOptions, keepAll } from '../../options.ts'
import { withRunner } from '../../run/with-runner.ts'
import type { ImportOptions } from './parse.ts'

const examples = `\
  kadm certs import ./cp1 --host root@cp1               every certificate below a local directory
  kadm certs import apiserver.crt etcd/server.crt       on this control plane
  kadm certs import ./cp1 --host root@cp1 --dry-run     verify them and show what would change`

export function addImport(certs: Command, act: Act): void {
  const install = describe(certs.command('import'), 'verify signed certificates and install them on a host', examples)
  const files = 'local certificates (*.crt), kubeconfigs, or directories with them'
  const certDir = 'directory of the certificates (default: certificatesDir of the configuration)'
  const config = 'configuration file; the certificates must have the names that it asks for'
  const kubeconfigDir = 'directory on the host for the kubeconfig files'
  const copies = 'copy of a kubeconfig on the host to refresh, such as /root/.kube/config; can be repeated'
  addCommonOptions(install)
    .addArgument(new OfferingArgument('<path...>', files, 'file'))
    .addOption(new OfferingOption('--cert-dir <dir>', certDir, 'host-directory'))
    .addOption(new OfferingOption('--config <path>', config, 'file'))
    .addOption(new OfferingOption('--kubeconfig-dir <dir>', kubeconfigDir, 'host-directory').default('/etc/kubernetes'))
    .addOption(new OfferingOption('--refresh-kubeconfig <path>', copies, 'host-file').argParser(keepAll))
    .option('--no-restart', 'do not restart components that still use an old certificate')
    .option('--dry-run', sharedFlags.dryRun.description)
    .action(
      act(async () => {
        const { importIntent, runIntent } = await withRunner(import('./intent.ts'))
        return (paths: readonly string[], options: ImportOptions) =>
          runIntent(importIntent, { paths, options }, options)
      }),
    )
}
