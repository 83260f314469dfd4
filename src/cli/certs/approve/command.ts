import type { Command } from 'commander'
import { type Act, describe } from '../../command.ts'
import { OfferingOption } from '../../offers.ts'
import { addCommonOptions, keepAll } from '../../options.ts'
import type { ApproveOptions } from './options.ts'

const examples = `\
  kadm certs approve --host cp1 --host w1               list the pending requests, and which of them can be approved
  kadm certs approve --all --host cp1 --host w1         approve the kubelet serving certificates of cp1 and w1
  kadm certs approve --all --wait 5m --host cp1,w1,w2   also wait for requests that do not exist yet
  kadm certs approve csr-8vnps --san w3=w3.example.com,10.0.0.13 --host cp1`

export function addApprove(certs: Command, act: Act): void {
  const purpose = 'list pending certificate requests, and approve serving certificates of kubelets'
  const approve = describe(certs.command('approve'), purpose, examples)
  const kubeconfig = 'kubeconfig file on the host, to read and approve requests with'
  addCommonOptions(approve)
    .argument('[name...]', 'names of requests to approve')
    .option('--all', 'approve every request that passes the checks')
    .option(
      '--san <node=names>',
      'names and addresses of a node, such as w1=w1.example.com,10.0.0.11; can be repeated',
      keepAll,
    )
    .option('--wait <duration>', 'with --all: wait this long for the request of every node of --host and --san')
    .addOption(new OfferingOption('--kubeconfig <path>', kubeconfig, 'host-file').default('/etc/kubernetes/admin.conf'))
    .action(
      act(async () => {
        const { runApprove } = await import('./approve.ts')
        return (names: readonly string[], options: ApproveOptions) => runApprove(names, options)
      }),
    )
}
