import type { Command } from 'commander'
import { sharedFlags } from '../../../config/flags/shared.ts'
import { type Act, describe } from '../../command.ts'
import { OfferingArgument, OfferingOption } from '../../offers.ts'
import { addCommonOptions } from '../../options.ts'
import { withRunner } from '../../run/with-runner.ts'
import { caNames, stepNames } from './names.ts'
import type { RotateOptions } from './parse.ts'

const examples = `\
  kadm certs rotate-ca prepare --host cp1,cp2,cp3 --host w1     trust a new CA next to the old one, on every node
  kadm certs rotate-ca reissue --host cp1,cp2,cp3 --host w1     sign every certificate with the new CA
  kadm certs rotate-ca distrust --host cp1,cp2,cp3 --host w1    remove the old CA, and destroy its key
  kadm certs rotate-ca rollback --host cp1,cp2,cp3 --host w1    return to the old CA, until distrust
  kadm certs rotate-ca replace --host cp1,cp2,cp3 --host w1     replace CAs that have expired
  kadm certs rotate-ca --all --ca etcd --host cp1,cp2,cp3 -y    the three steps for the CA of etcd`

const steps = `
Steps:
  prepare     create the new CA, and trust both everywhere
  reissue     sign all certificates with the new CA
  distrust    remove the old CA everywhere, and destroy its key
  rollback    return to the old CA and destroy the new one; not possible once distrust has begun
  replace     replace CAs that have expired, with all that they signed; needs no API server
`

export function addRotateCa(certs: Command, act: Act): void {
  const rotate = describe(certs.command('rotate-ca'), 'replace the CAs of a cluster, step by step', examples)
  const kubeconfig = 'kubeconfig file on the control planes'
  addCommonOptions(rotate)
    .addArgument(new OfferingArgument('[step]', 'the step to take', stepNames))
    .option('--all', 'take the three steps one after another')
    .addOption(
      new OfferingOption('--ca <name...>', 'cluster, front-proxy or etcd (default: all)', Object.keys(caNames)),
    )
    .addOption(new OfferingOption('--kubeconfig <path>', kubeconfig, 'host-file').default('/etc/kubernetes/admin.conf'))
    .option('--restart-pods', 'restart pods that use the API, as their disruption budgets allow; always with --all')
    .option('--patch-ca-bundles', 'replace the CA in webhooks, APIServices and conversion webhooks')
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--dry-run', sharedFlags.dryRun.description)
    .addHelpText('after', steps)
    .action(
      act(async () => {
        const { rotateIntent, runIntent } = await withRunner(import('./intent.ts'))
        return async (step: string | undefined, options: RotateOptions) => {
          if (step !== 'replace') return runIntent(rotateIntent, { step, options }, options)
          const { replaceIntent } = await import('./replace.ts')
          return runIntent(replaceIntent, options, options)
        }
      }),
    )
}
