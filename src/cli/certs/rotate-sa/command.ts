import type { Command } from 'commander'
import { sharedFlags } from '../../../config/flags/shared.ts'
import { type Act, describe } from '../../command.ts'
import { OfferingArgument } from '../../offers.ts'
import { addCommonOptions } from '../../options.ts'
import { withRunner } from '../../run/with-runner.ts'
import type { SaOptions } from './parse.ts'
import { saCommands } from './steps.ts'

const examples = `\
  kadm certs rotate-sa prepare --host cp1,cp2,cp3       create a key, which every API server trusts next to the old one
  kadm certs rotate-sa switch --host cp1,cp2,cp3        sign new tokens with the new key
  kadm certs rotate-sa finish --host cp1,cp2,cp3        an hour later: trust only the new key
  kadm certs rotate-sa rollback --host cp1,cp2,cp3      return to the step before; not after finish`

const steps = `
Steps:
  prepare     create the new key, and trust both on every control plane
  switch      sign tokens with the new key; both are trusted
  finish      trust only the new key
  rollback    after switch: sign with the old key; after prepare: remove the new key
`

export function addRotateSa(certs: Command, act: Act): void {
  const purpose = 'replace the key that signs the tokens of service accounts, step by step'
  const rotate = describe(certs.command('rotate-sa'), purpose, examples)
  addCommonOptions(rotate)
    .addArgument(new OfferingArgument('<step>', 'the step to take', saCommands))
    .option('--min-age <duration>', 'finish: how long the new key must have signed tokens', '1h')
    .option('--ignore-legacy-tokens', 'finish: although tokens in Secrets are signed with the old key')
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--dry-run', sharedFlags.dryRun.description)
    .addHelpText('after', steps)
    .action(
      act(async () => {
        const { saIntent, runIntent } = await withRunner(import('./intent.ts'))
        return (step: string, options: SaOptions) => runIntent(saIntent, { step, options }, options)
      }),
    )
}
