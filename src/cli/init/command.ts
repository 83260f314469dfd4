import type { Command } from 'commander'
import { flagsOf, phaseFlags } from '../../config/flags/flags.ts'
import { type Act, type AddCommand, describe } from '../command.ts'
import { OfferingArgument } from '../offers.ts'
import { addCommonOptions, addFlags, type CommonOptions, passOptions, readFlags } from '../options.ts'
import { withRunner } from '../run/with-runner.ts'

const examples = `\
  kadm init --pod-network-cidr 10.244.0.0/16            a control plane on this host
  kadm init --host root@cp1 --config kadm.yaml          the same on cp1, over SSH
  kadm init phase certs all --cert-dir /root/pki        only the certificates`

const phaseExamples = `\
  kadm init phase certs all                             all certificates
  kadm init phase certs apiserver                       one of them
  kadm init phase upload-config kubeadm --config kadm.yaml`

export const addInit: AddCommand = (program, act) => {
  const flags = flagsOf('init')
  const described = describe(program.command('init'), 'create a control plane node', examples)
  const init = addFlags(addCommonOptions(described), flags)
  init.action(
    act(async () => {
      const { initIntent, runIntent } = await withRunner(import('./intent.ts'))
      return (options: CommonOptions) => runIntent(initIntent, { options, flags: readFlags(init, flags) }, options)
    }),
  )
  addInitPhase(init, act)
}

function addInitPhase(init: Command, act: Act): void {
  const flags = phaseFlags('init')
  const described = describe(init.command('phase'), 'run one phase of init, or list them', phaseExamples)
  const phase = addFlags(addCommonOptions(described), flags)
  let list = ''
  init.hook('preSubcommand', async () => {
    passOptions(init, phase)
    list = (await import('../run/phase-flags.ts')).phaseList()
    const { showOwnFlags } = await import('../run/phase-flags.ts')
    showOwnFlags('init', phase)
  })
  phase
    .addArgument(
      new OfferingArgument(
        '[name...]',
        'phase, and its part or `all`: `certs all`, `certs apiserver`, `upload-config kubeadm`',
        'phase',
      ),
    )
    .addHelpText('after', () => `\n${list}`)
    .action(
      act(async () => {
        const { initIntent, runIntent } = await withRunner(import('./intent.ts'))
        return async (name: readonly string[], options: CommonOptions) => {
          const input = { options, flags: readFlags(phase, flags), phase: name }
          if (name.length === 0) process.stdout.write(list)
          else if (input.flags['print-manifest'] === true) {
            return (await import('./manifest.ts')).runPrintManifest(input, options)
          } else return runIntent(initIntent, input, options)
          return 0
        }
      }),
    )
}
