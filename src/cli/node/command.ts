import { sharedFlags } from '../../config/flags/shared.ts'
import { type AddCommand, describe } from '../command.ts'
import { OfferingOption } from '../offers.ts'
import { addCommonOptions } from '../options.ts'
import { withRunner } from '../run/with-runner.ts'
import type { NodeRemoveOptions } from './intent.ts'

const examples = '  kadm node remove w2 --host cp1                        drain the node and remove it from the cluster'

const removeExamples = `\
  kadm node remove w2 --host root@cp1                   a worker: drain it, then delete its Node
  kadm node remove cp3 --host root@cp1                  a control plane node, even if its host is gone
  kadm node remove 10.0.0.3 --host root@cp1             the etcd member of a join that failed before it had a Node
  kadm node remove cp3 --timeout 2m --force             continue when eviction times out`

export const addNode: AddCommand = (program, act) => {
  const node = describe(program.command('node'), 'manage the nodes of a cluster', examples)
  const remove = describe(node.command('remove'), 'remove a node from its cluster, from another node', removeExamples)
  addCommonOptions(remove)
    .argument('<name>', 'name of the Node; if it has none, the address or ID of its unstarted etcd member')
    .addOption(
      new OfferingOption('--kubeconfig <path>', 'kubeconfig file on the control plane host', 'host-file').default(
        '/etc/kubernetes/admin.conf',
      ),
    )
    .option('--timeout <duration>', 'how long to wait for pods to be evicted', '5m')
    .option('--force', 'also delete pods without a controller, and continue when eviction times out')
    .option('--dry-run', sharedFlags.dryRun.description)
    .action(
      act(async () => {
        const { nodeRemoveIntent, runIntent } = await withRunner(import('./intent.ts'))
        return (name: string, options: NodeRemoveOptions) => runIntent(nodeRemoveIntent, { name, options }, options)
      }),
    )
}
