import type { Command } from 'commander'
import { flagsOf, phaseFlags } from '../../config/flags/flags.ts'
import { type Act, type AddCommand, describe } from '../command.ts'
import { OfferingArgument } from '../offers.ts'
import { addCommonOptions, addFlags, type CommonOptions, passOptions, readFlags } from '../options.ts'
import { withRunner } from '../run/with-runner.ts'

const examples = `\
  kadm reset                                            this host, after confirmation
  kadm reset -f --host w1 --host w2                     two workers over SSH, without confirmation
  kadm reset --backup /root/backup --cleanup-network    keep a copy; also remove network rules and CNI files`

const phaseExamples = `\
  kadm reset phase remove-etcd-member
  kadm reset phase cleanup-node --cleanup-tmp-dir`

export const addReset: AddCommand = (program, act) => {
  const flags = flagsOf('reset')
  const described = describe(program.command('reset'), 'revert the changes that init or join made to hosts', examples)
  const reset = addFlags(addCommonOptions(described), flags)
  reset.action(
    act(async () => {
      const { resetIntent, runIntent } = await withRunner(import('./intent.ts'))
      return (options: CommonOptions) => runIntent(resetIntent, { options, flags: readFlags(reset, flags) }, options)
    }),
  )
  addResetPhase(reset, act)
}

function addResetPhase(reset: Command, act: Act): void {
  const flags = phaseFlags('reset')
  const described = describe(reset.command('phase'), 'run one phase of reset, or list them', phaseExamples)
  const phase = addFlags(addCommonOptions(described), flags)
  let list = ''
  reset.hook('preSubcommand', async () => {
    passOptions(reset, phase)
    list = (await import('../run/phase-flags.ts')).phaseList('reset')
    const { showOwnFlags } = await import('../run/phase-flags.ts')
    showOwnFlags('reset', phase)
  })
  phase
    .addArgument(new OfferingArgument('[name]', 'phase', 'phase'))
    .addHelpText('after', () => `\n${list}`)
    .action(
      act(async () => {
        const { resetIntent, runIntent } = await withRunner(import('./intent.ts'))
        return async (name: string | undefined, options: CommonOptions) => {
          const input = { options, flags: readFlags(phase, flags) }
          if (name !== undefined) return runIntent(resetIntent, { ...input, phase: [name] }, options)
          process.stdout.write(list)
          return 0
        }
      }),
    )
}
