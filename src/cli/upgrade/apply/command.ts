import type { Command } from 'commander'
import { flagsOf, phaseFlags } from '../../../config/flags/flags.ts'
import { type Act, describe } from '../../command.ts'
import { OfferingArgument } from '../../offers.ts'
import { addCommonOptions, addFlags, type CommonOptions, passOptions, readFlags } from '../../options.ts'
import { withRunner } from '../../run/with-runner.ts'

const examples = `\
  kadm upgrade apply v1.37.2                            the control plane on this host, after confirmation
  kadm upgrade apply v1.37.2 -y --host root@cp1         the first control plane over SSH, without confirmation
  kadm upgrade apply v1.37.2 --dry-run                  show the changes without making them
  kadm upgrade apply v1.37.2 -y --patches ./patches     with the patches of the cluster`

const phaseExamples = `\
  kadm upgrade apply phase kubelet-config v1.37.2
  kadm upgrade apply phase addon v1.37.2 --host root@cp1`

export function addApply(upgrade: Command, act: Act): void {
  const flags = flagsOf('upgrade apply')
  const purpose = 'upgrade the first control plane and the configuration of the cluster'
  const apply = addFlags(addCommonOptions(describe(upgrade.command('apply'), purpose, examples)), flags)
  apply.addArgument(new OfferingArgument('[version]', 'version of Kubernetes to upgrade to', 'version')).action(
    act(async () => {
      const { applyIntent, runIntent } = await withRunner(import('./intent.ts'))
      return (version: string | undefined, options: CommonOptions) =>
        runIntent(applyIntent, { options, flags: readFlags(apply, flags), version }, options)
    }),
  )
  addApplyPhase(apply, act)
}

function addApplyPhase(apply: Command, act: Act): void {
  const flags = phaseFlags('upgrade apply')
  const described = describe(apply.command('phase'), 'run one phase of the upgrade, or list them', phaseExamples)
  const phase = addFlags(addCommonOptions(described), flags)
  let list = ''
  apply.hook('preSubcommand', async () => {
    passOptions(apply, phase)
    const { phaseList, showOwnFlags } = await import('../../run/phase-flags.ts')
    list = phaseList('upgrade apply')
    showOwnFlags('upgrade apply', phase)
  })
  phase
    .addArgument(new OfferingArgument('[name]', 'phase', 'phase'))
    .addArgument(new OfferingArgument('[version]', 'version of Kubernetes to upgrade to', 'version'))
    .addHelpText('after', () => `\n${list}`)
    .action(
      act(async () => {
        const { applyIntent, runIntent } = await withRunner(import('./intent.ts'))
        return async (name: string | undefined, version: string | undefined, options: CommonOptions) => {
          const input = { options, flags: readFlags(phase, flags), version }
          if (name !== undefined) return runIntent(applyIntent, { ...input, phase: [name] }, options)
          process.stdout.write(list)
          return 0
        }
      }),
    )
}
