import { addCommonOptions, type CommonOptions } from '../options.ts'
import { type AddCommand, describe } from './command.ts'

const examples = '  kadm kubeconfig fetch --host cp1 --to -'
const fetchExamples = '  kadm kubeconfig fetch --host cp1 --to ~/.kube/config'

export const addKubeconfig: AddCommand = (program, act) => {
  const kubeconfig = describe(program.command('kubeconfig'), 'kubeconfig files of a cluster', examples)
  const fetch = kubeconfig.command('fetch')
  addCommonOptions(describe(fetch, 'bring admin.conf of a control plane here', fetchExamples))
    .option('--to <path>', 'where to write it, or - for stdout', 'admin.conf')
    .option('--force', 'replace a file that differs')
    .action(
      act(async () => {
        const { runKubeconfigFetch } = await import('../kubeconfig-fetch.ts')
        return (options: CommonOptions & { to: string; force?: boolean }) => runKubeconfigFetch(options)
      }),
    )
}
