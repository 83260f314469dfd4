import type { Command } from 'commander'
import { type Act, type AddCommand, describe } from '../command.ts'
import { addCommonOptions, type CommonOptions, collectTexts } from '../options.ts'

const examples = `\
  kadm kubeconfig fetch --host cp1 --to -
  kadm kubeconfig user --client-name jane --org developers --host root@cp1 --to ./jane.conf`
const userExamples = `\
  kadm kubeconfig user --client-name jane --org developers >jane.conf      on a control plane
  kadm kubeconfig user --client-name jane --validity-period 720h --host root@cp1 --to ./jane.conf`
const fetchExamples = '  kadm kubeconfig fetch --host cp1 --to ~/.kube/config'

export const addKubeconfig: AddCommand = (program, act) => {
  const kubeconfig = describe(program.command('kubeconfig'), 'kubeconfig files of a cluster', examples)
  const fetch = kubeconfig.command('fetch')
  addCommonOptions(describe(fetch, 'bring admin.conf of a control plane here', fetchExamples))
    .option('--to <path>', 'where to write it, or - for stdout', 'admin.conf')
    .option('--force', 'replace a file that differs')
    .action(
      act(async () => {
        const { runKubeconfigFetch } = await import('./fetch.ts')
        return (options: CommonOptions & { to: string; force?: boolean }) => runKubeconfigFetch(options)
      }),
    )
  addUser(kubeconfig, act)
}

function addUser(kubeconfig: Command, act: Act): void {
  const user = describe(kubeconfig.command('user'), 'make a kubeconfig for a further user', userExamples)
  addCommonOptions(user)
    .option('--client-name <name>', 'name of the user: the CN of the certificate')
    .option('--org <groups>', 'groups of the user: the O of the certificate', collectTexts)
    .option('--token <token>', 'authenticate with this token instead of a certificate')
    .option(
      '--token-file <path>',
      'file that holds the token, so that it does not show in the process list; - is stdin',
    )
    .option('--validity-period <duration>', 'how long the certificate holds', '8760h0m0s')
    .option('--config <path>', 'configuration file: cluster name, endpoint, certificatesDir, encryptionAlgorithm')
    .option('--to <path>', 'where to write it, for its owner alone (default: stdout)')
    .option('--force', 'replace a file that differs')
    .action(act(async () => (await import('./user.ts')).runKubeconfigUser))
}
