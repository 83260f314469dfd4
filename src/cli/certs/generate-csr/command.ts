import type { Command } from 'commander'
import { profileNames } from '../../../cluster/profile-names.ts'
import { sharedFlags } from '../../../config/flags/shared.ts'
import { type Act, describe } from '../../command.ts'
import { OfferingArgument, OfferingOption } from '../../offers.ts'
import { addCommonOptions } from '../../options.ts'
import { withRunner } from '../../run/with-runner.ts'
import type { CsrOptions } from './parse.ts'

const examples = `\
  kadm certs generate-csr --kubeconfig-dir /tmp/etc-k8s --cert-dir /tmp/etc-k8s/pki
  kadm certs generate-csr --host root@cp1 --config kadm.yaml --out-dir ./cp1
  kadm certs generate-csr --host root@cp1 --renewal --out-dir ./cp1
  kadm certs generate-csr apiserver admin.conf --renewal    only two of them`

export function addGenerateCsr(certs: Command, act: Act): void {
  const purpose = 'generate private keys and certificate signing requests'
  const generate = describe(certs.command('generate-csr'), purpose, examples)
  const certDir = 'directory of the certificates (default: certificatesDir of the configuration)'
  const kubeconfigDir = 'directory on the host for the kubeconfig files'
  const config = 'configuration file; it decides the names in the certificates'
  addCommonOptions(generate)
    .addArgument(new OfferingArgument('[name...]', 'certificates and kubeconfigs (default: all)', profileNames))
    .addOption(new OfferingOption('--cert-dir <dir>', certDir, 'host-directory'))
    .addOption(new OfferingOption('--config <path>', config, 'file'))
    .addOption(new OfferingOption('--kubeconfig-dir <dir>', kubeconfigDir, 'host-directory').default('/etc/kubernetes'))
    .option('--renewal', 'new keys and requests for an existing control plane whose CA is external')
    .addOption(new OfferingOption('--out-dir <dir>', 'also copy the requests to this local directory', 'directory'))
    .option('--dry-run', sharedFlags.dryRun.description)
    .action(
      act(async () => {
        const { csrIntent, runIntent } = await withRunner(import('./intent.ts'))
        return (names: readonly string[], options: CsrOptions) => runIntent(csrIntent, { names, options }, options)
      }),
    )
}
