import type { Command } from 'commander'
import { type Act, type AddCommand, describe } from '../command.ts'
import { OfferingArgument, OfferingOption } from '../offers.ts'
import { addCommonOptions, type CommonOptions, collectTexts, outputFileOption } from '../options.ts'
import type { RenewUserOptions } from './renew.ts'

const examples = `\
  kadm kubeconfig fetch --host cp1 --to -
  kadm kubeconfig user --client-name jane --org developers --host root@cp1 --to ./jane.conf
  kadm kubeconfig renew ./jane.conf --host root@cp1`
const userExamples = `\
  kadm kubeconfig user --client-name jane --org developers >jane.conf      on a control plane
  kadm kubeconfig user --client-name jane --validity-period 720h --host root@cp1 --to ./jane.conf`
const renewExamples = `\
  kadm kubeconfig renew ./jane.conf --host root@cp1                  replace the certificate in the file
  kadm kubeconfig renew ./jane.conf --validity-period 720h --host root@cp1 --to ./new.conf`
const fetchExamples = '  kadm kubeconfig fetch --host cp1 --to ~/.kube/config'

const overwriteText = 'overwrite a file with different content'

export const addKubeconfig: AddCommand = (program, act) => {
  const kubeconfig = describe(program.command('kubeconfig'), 'manage the kubeconfig files of a cluster', examples)
  const fetch = kubeconfig.command('fetch')
  addCommonOptions(describe(fetch, 'copy admin.conf from a control plane host', fetchExamples))
    .addOption(new OfferingOption('--to <path>', 'output file; - writes to stdout', 'file').default('admin.conf'))
    .option('--force', overwriteText)
    .action(
      act(async () => {
        const { runKubeconfigFetch } = await import('./fetch.ts')
        return (options: CommonOptions & { to: string; force?: boolean }) => runKubeconfigFetch(options)
      }),
    )
  addUser(kubeconfig, act)
  addRenew(kubeconfig, act)
}

function addUser(kubeconfig: Command, act: Act): void {
  const user = describe(kubeconfig.command('user'), 'create a kubeconfig for another user', userExamples)
  addCommonOptions(user)
    .option('--client-name <name>', 'user name, the common name (CN) of the certificate')
    .option('--org <groups>', 'groups of the user, the organizations (O) of the certificate', collectTexts)
    .option('--token <token>', 'authenticate with this token instead of a certificate')
    .addOption(
      new OfferingOption(
        '--token-file <path>',
        'file with the token, which keeps it out of the process list; - reads stdin',
        'file',
      ),
    )
    .option('--validity-period <duration>', 'validity period of the certificate', '8760h0m0s')
    .addOption(
      new OfferingOption(
        '--config <path>',
        'configuration file: cluster name, endpoint, certificatesDir, encryptionAlgorithm',
        'file',
      ),
    )
    .addOption(outputFileOption('--to'))
    .option('--force', overwriteText)
    .action(act(async () => (await import('./user.ts')).runKubeconfigUser))
}

function addRenew(kubeconfig: Command, act: Act): void {
  const purpose = 'renew the client certificate in the kubeconfig of a user'
  const renew = describe(kubeconfig.command('renew'), purpose, renewExamples)
  addCommonOptions(renew)
    .addArgument(new OfferingArgument('<path>', 'kubeconfig file on this host; - reads stdin', 'file'))
    .option('--validity-period <duration>', 'validity period of the certificate', '8760h0m0s')
    .addOption(
      new OfferingOption('--config <path>', 'configuration file: certificatesDir, encryptionAlgorithm', 'file'),
    )
    .addOption(new OfferingOption('--to <path>', 'output file, or - for stdout (default: the file itself)', 'file'))
    .option('--force', overwriteText)
    .action(
      act(async () => {
        const { runKubeconfigRenew } = await import('./renew.ts')
        return (path: string, options: RenewUserOptions) => runKubeconfigRenew(path, options)
      }),
    )
}
