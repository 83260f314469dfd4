import { flagsOf } from '../../config/flags/flags.ts'
import { type AddCommand, describe } from '../command.ts'
import { addCommonOptions, addFlags, type CommonOptions, readFlags } from '../options.ts'

const examples = `\
  kadm preflight --host cp1 --host cp2 --host cp3 --control-plane
                                                        control planes to be, and the ways between them
  kadm preflight --host w1 --host w2 --from cp1 -o json
                                                        workers to be, and how they fit to the cluster of cp1
  kadm preflight --control-plane --config init.yaml     this machine, with what the configuration says
  kadm preflight --config join.yaml                     and what joining the cluster of that configuration would meet`

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
  const purpose = 'look at machines that are to be nodes, and change nothing'
  const preflight = addFlags(addCommonOptions(describe(program.command('preflight'), purpose, examples)), flags)
  preflight
    .option('--control-plane', 'the machines are to be control planes; else workers')
    .option('--from <[user@]address[:port]>', 'a control plane of the cluster that they are to join, reached over SSH')
    .option(
      '--timeout <duration>',
      'how long to wait for the cluster that they are to join (default: timeouts of the configuration)',
    )
    .action(
      act(async () => {
        const [{ preflightIntent }, { runIntent }] = await Promise.all([
          import('./intent.ts'),
          import('../run/run-intent.ts'),
        ])
        return (options: CommonOptions & { controlPlane?: boolean; from?: string; timeout?: string }) =>
          runIntent(preflightIntent, { options, flags: readFlags(preflight, flags) }, options)
      }),
    )
}
