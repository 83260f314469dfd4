import { type AddCommand, describe } from '../command.ts'
import { OfferingOption } from '../offers.ts'

const examples = '  kadm version -o json'

export const addVersion: AddCommand = (program, act) => {
  describe(
    program.command('version'),
    'print the versions of kadm and of the Kubernetes releases that it knows',
    examples,
  )
    .addOption(
      new OfferingOption('-o, --output <format>', 'text, short, json or yaml', [
        'text',
        'short',
        'json',
        'yaml',
      ]).default('text'),
    )
    .action(act(async () => (await import('./version.ts')).runVersion))
}
