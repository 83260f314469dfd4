import type { Command } from 'commander'
import { sharedFlags } from '../../../config/flags/shared.ts'
import { type Act, describe } from '../../command.ts'
import { OfferingOption } from '../../offers.ts'
import { addCommonOptions, keepAll } from '../../options.ts'
import { withRunner } from '../../run/with-runner.ts'
import type { ServingOptions } from './parse.ts'

const examples = `\
  kadm certs kubelet-serving enable --host cp1 --host w1    give the kubelets of cp1 and w1 certificates of the cluster CA
  kadm certs kubelet-serving disable --host cp1 --host w1   let kubelets sign their own certificates again`
const enableExamples = `\
  kadm certs kubelet-serving enable --host cp1,w1,w2        one kubelet after another
  kadm certs kubelet-serving enable --host cp1,w1 --san w1=203.0.113.7
  kadm certs kubelet-serving enable --host cp1,w1 --dry-run    show the changes without making them`
const disableExamples = '  kadm certs kubelet-serving disable --host cp1,w1,w2'

export function addKubeletServing(certs: Command, act: Act): void {
  const purpose = 'set whether kubelets get their serving certificates from the cluster'
  const group = describe(certs.command('kubelet-serving'), purpose, examples)
  const enabling = 'set serverTLSBootstrap in the cluster and on nodes, and approve the serving certificates'
  const enable = addOptions(describe(group.command('enable'), enabling, enableExamples), act, true)
  enable.option(
    '--san <node=names>',
    'names and addresses of a node besides those of its host, such as w1=w1.example.com,203.0.113.7; can be repeated',
    keepAll,
  )
  const disabling = 'remove serverTLSBootstrap from the cluster and from nodes'
  addOptions(describe(group.command('disable'), disabling, disableExamples), act, false)
}

function addOptions(command: Command, act: Act, enable: boolean): Command {
  const kubeconfig = 'kubeconfig file on the first host that has it, for the API of the cluster'
  return addCommonOptions(command)
    .addOption(new OfferingOption('--kubeconfig <path>', kubeconfig, 'host-file').default('/etc/kubernetes/admin.conf'))
    .option('--dry-run', sharedFlags.dryRun.description)
    .action(
      act(async () => {
        const { servingIntent, runIntent } = await withRunner(import('./intent.ts'))
        return (options: ServingOptions) => runIntent(servingIntent, { enable, options }, options)
      }),
    )
}
