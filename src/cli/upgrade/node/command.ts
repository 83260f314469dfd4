import type { Command } from 'commander'
import { flagsOf, phaseFlags } from '../../../config/flags/flags.ts'
import { type Act, describe } from '../../command.ts'
import { OfferingArgument } from '../../offers.ts'
import { addCommonOptions, addFlags, type CommonOptions, passOptions, readFlags } from '../../options.ts'
import { withRunner } from '../../run/with-runner.ts'

const examples = `\
  kadm upgrade node                                     this host, to the version that the cluster stores
  kadm upgrade node --host root@cp2 --host root@cp3     further control planes, one after another
  kadm upgrade node --host root@w1 --dry-run            show the changes without making them`

const phaseExamples = `\
  kadm upgrade node phase kubelet-config
  kadm upgrade node phase control-plane --host root@cp2`

export function addUpgradeNode(upgrade: Command, act: Act): void {
  const flags = flagsOf('upgrade node')
  const purpose = 'upgrade further control planes and workers to the version that the cluster stores'
  const node = addFlags(addCommonOptions(describe(upgrade.command('node'), purpose, examples)), flags)
  node.action(
    act(async () => {
      const { nodeIntent, runIntent } = await withRunner(import('./intent.ts'))
      return (options: CommonOptions) => runIntent(nodeIntent, { options, flags: readFlags(node, flags) }, options)
    }),
  )
  addNodePhase(node, act)
}

function addNodePhase(node: Command, act: Act): void {
  const flags = phaseFlags('upgrade node')
  const described = describe(node.command('phase'), 'run one phase of the upgrade, or list them', phaseExamples)
  const phase = addFlags(addCommonOptions(described), flags)
  let list = ''
  node.hook('preSubcommand', async () => {
    passOptions(node, phase)
    const { phaseList, showOwnFlags } = await import('../../run/phase-flags.ts')
    list = phaseList('upgrade node')
    showOwnFlags('upgrade node', phase)
  })
  phase
    .addArgument(new OfferingArgument('[name]', 'phase', 'phase'))
    .addHelpText('after', () => `\n${list}`)
    .action(
      act(async () => {
        const { nodeIntent, runIntent } = await withRunner(import('./intent.ts'))
        return async (name: string | undefined, options: CommonOptions) => {
          const input = { options, flags: readFlags(phase, flags) }
          if (name !== undefined) return runIntent(nodeIntent, { ...input, phase: [name] }, options)
          process.stdout.write(list)
          return 0
        }
      }),
    )
}
