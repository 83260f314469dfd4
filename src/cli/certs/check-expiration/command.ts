import { type Command, Option } from 'commander'
import { type Act, describe } from '../../command.ts'
import { OfferingOption } from '../../offers.ts'
import { addCommonOptions, addPrinterOptions } from '../../options.ts'
import { outputFormats } from './options.ts'

const examples = `\
  kadm certs check-expiration                           the certificates of this host
  kadm certs check-expiration --host cp1 --host w1      one table of two hosts, sorted by expiration
  kadm certs check-expiration --host cp1 --all-nodes --fail-within 30d
                                                        every node of the cluster, for CI: exit code 5
  kadm certs check-expiration -o prometheus >/var/lib/node_exporter/kadm.prom`

export function addCheckExpiration(certs: Command, act: Act): void {
  const purpose = 'show when the certificates of hosts expire, and what is wrong with them'
  const check = describe(certs.command('check-expiration'), purpose, examples)
  addPrinterOptions(addCommonOptions(check))
    .addOption(
      new OfferingOption(
        '--cert-dir <dir>',
        'directory of the certificates (default: that of the cluster, or /etc/kubernetes/pki)',
        'host-directory',
      ),
    )
    .addOption(
      new OfferingOption('--config <path>', 'configuration file to use instead of the one in the cluster', 'file'),
    )
    .addOption(
      new OfferingOption(
        '--kubeconfig <path>',
        'kubeconfig file on the host, to read the configuration of the cluster with',
        'host-file',
      ).default('/etc/kubernetes/admin.conf'),
    )
    .option('--no-served', 'read only files: do not ask the servers on the hosts which certificates they present')
    .option('--all-nodes', 'check every node of the cluster: connect over SSH to the addresses of the Node objects')
    .option(
      '--fail-within <duration>',
      'exit with code 5 if a certificate expires within this time, such as 30d or 12h, or cannot be read',
    )
    .action(act(async () => (await import('./check-expiration.ts')).runCheckExpiration))
  const output = check.options.find(option => option.attributeName() === 'output') ?? new Option('--output')
  output.choices(outputFormats)
}
