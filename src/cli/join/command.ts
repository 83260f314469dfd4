import type { Command } from 'commander'
import { flagsOf, phaseFlags } from '../../config/flags/flags.ts'
import { type Act, type AddCommand, describe } from '../command.ts'
import { OfferingArgument } from '../offers.ts'
import { addCommonOptions, addFlags, type CommonOptions, hostOption, passOptions, readFlags } from '../options.ts'
import { withRunner } from '../run/with-runner.ts'

const examples = `\
  kadm join --host w1 --host w2 --from cp1              two workers; reads everything else from cp1 over SSH
  kadm join --host cp2 --from cp1 --control-plane       a control plane node; copies the shared keys too
  kadm join 10.0.0.1:6443 --token-file t --discovery-token-ca-cert-hash sha256:…
  kadm join --config join.yaml`

const phaseExamples = `\
  kadm join phase preflight 10.0.0.1:6443 --token-file t --discovery-token-ca-cert-hash sha256:…
  kadm join phase control-plane-prepare all --control-plane --host cp2 --from cp1
  kadm join phase etcd-join --control-plane             on a host with an admin.conf`

export const addJoin: AddCommand = (program, act) => {
  const flags = flagsOf('join')
  const described = describe(program.command('join'), 'add hosts to a cluster as nodes', examples)
  const join = addFlags(addCommonOptions(described), flags)
  addFrom(join)
    .argument('[endpoint]', 'host:port of the API server, as printed in the join command')
    .action(
      act(async () => {
        const { joinIntent, runIntent } = await withRunner(import('./intent.ts'))
        return (endpoint: string | undefined, options: JoinOptions) =>
          runIntent(joinIntent, { options, flags: readFlags(join, flags), endpoint }, options)
      }),
    )
  addJoinPhase(join, act)
}

type JoinOptions = CommonOptions & { readonly from?: string }

function addFrom(command: Command): Command {
  const what = 'control plane host, reached over SSH, to read the join data from'
  return command.addOption(hostOption('--from', what))
}

function addJoinPhase(join: Command, act: Act): void {
  const flags = phaseFlags('join')
  const described = describe(join.command('phase'), 'run one phase of join, or list them', phaseExamples)
  const phase = addFrom(addFlags(addCommonOptions(described), flags))
  let list = ''
  join.hook('preSubcommand', async () => {
    passOptions(join, phase)
    list = (await import('../run/phase-flags.ts')).phaseList('join')
    const { showOwnFlags } = await import('../run/phase-flags.ts')
    showOwnFlags('join', phase)
  })
  phase
    .addArgument(
      new OfferingArgument(
        '[name...]',
        'phase, and its part or `all`; then host:port of the API server, if it is discovered by token',
        'phase',
      ),
    )
    .addHelpText('after', () => `\n${list}`)
    .action(
      act(async () => {
        const { joinIntent, runIntent } = await withRunner(import('./intent.ts'))
        return async (words: readonly string[], options: JoinOptions) => {
          const name = words.filter(word => !isEndpoint(word))
          const endpoint = words.find(isEndpoint)
          const input = { options, flags: readFlags(phase, flags), endpoint }
          if (name.length > 0) return runIntent(joinIntent, { ...input, phase: name }, options)
          process.stdout.write(list)
          return 0
        }
      }),
    )
}

/** Names of phases contain no colon. */
function isEndpoint(word: string): boolean {
  return word.includes(':')
}
