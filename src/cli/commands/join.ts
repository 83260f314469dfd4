import { flagsOf } from '../../config/flags.ts'
import { addCommonOptions, addFlags, type CommonOptions, readFlags } from '../options.ts'
import { type AddCommand, describe } from './command.ts'

const examples = `\
  kadm join --host w1 --host w2 --from cp1              two workers, everything else taken from cp1 over SSH
  kadm join 10.0.0.1:6443 --token-file t --discovery-token-ca-cert-hash sha256:…
  kadm join --config join.yaml`

export const addJoin: AddCommand = (program, act) => {
  const flags = flagsOf('join')
  const described = describe(program.command('join'), 'make machines nodes of a cluster', examples)
  const join = addFlags(addCommonOptions(described), flags)
  join
    .argument('[endpoint]', 'host:port of the API server, as a join command shows it')
    .option(
      '--from <[user@]address[:port]>',
      'a control plane of the cluster, reached over SSH, to take everything from',
    )
    .action(
      act(async () => {
        const { runJoin } = await import('../join.ts')
        return (endpoint: string | undefined, options: CommonOptions & { from?: string }) =>
          runJoin({ options, flags: readFlags(join, flags), endpoint })
      }),
    )
}
