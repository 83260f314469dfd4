import { flagsOf } from '../../config/flags/flags.ts'
import { type AddCommand, describe } from '../command.ts'
import { addCommonOptions, addFlags, type CommonOptions, hostOption, readFlags } from '../options.ts'
import { withRunner } from '../run/with-runner.ts'

const examples = `\
  kadm preflight --host cp1 --host cp2 --host cp3 --control-plane
                                                        future control plane hosts, and the network between them
  kadm preflight --host w1 --host w2 --from cp1 -o json
                                                        future workers, checked against the cluster of cp1
  kadm preflight --control-plane --config init.yaml     this host, with the settings of a configuration file
  kadm preflight --config join.yaml                     a join, checked against the cluster in the configuration`

const names = [
  'apiserver-advertise-address',
  'apiserver-bind-port',
  'config',
  'cri-socket',
  'ignore-preflight-errors',
  'kubernetes-version',
  'node-name',
  'pod-network-cidr',
  'service-cidr',
]

export const addPreflight: AddCommand = (program, act) => {
  const flags = flagsOf('init').filter(({ name }) => names.includes(name))
  const purpose = 'check whether hosts can become nodes, without changing them'
  const preflight = addFlags(addCommonOptions(describe(program.command('preflight'), purpose, examples)), flags)
  preflight
    .option('--control-plane', 'check the hosts as control plane nodes (default: workers)')
    .addOption(hostOption('--from', 'control plane host, reached over SSH, of the cluster to join'))
    .option('--timeout <duration>', 'how long to wait for the cluster to join (default: timeouts of the configuration)')
    .action(
      act(async () => {
        const { preflightIntent, runIntent } = await withRunner(import('./intent.ts'))
        return (options: CommonOptions & { controlPlane?: boolean; from?: string; timeout?: string }) =>
          runIntent(preflightIntent, { options, flags: readFlags(preflight, flags) }, options)
      }),
    )
}
