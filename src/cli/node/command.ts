import { type AddCommand, describe } from '../command.ts'
import { addCommonOptions } from '../options.ts'
import type { NodeRemoveOptions } from './intent.ts'

const examples = '  kadm node remove w2 --host cp1                        drained, and taken out of the cluster'

const removeExamples = `\
  kadm node remove w2 --host root@cp1                   a worker: its Pods move, then its Node goes
  kadm node remove cp3 --host root@cp1                  a control plane, also one whose machine is gone
  kadm node remove 10.0.0.3 --host root@cp1             etcd's member of a join that ended before it had a Node
  kadm node remove cp3 --timeout 2m --force             Pods that do not leave in time hold nothing up`

export const addNode: AddCommand = (program, act) => {
  const node = describe(program.command('node'), 'nodes of a cluster', examples)
  const remove = describe(node.command('remove'), 'take a node out of its cluster, from another one', removeExamples)
  addCommonOptions(remove)
    .argument('<name>', 'the name of the Node; without one, the address or id of its unstarted member of etcd')
    .option('--kubeconfig <path>', 'credentials on the control plane', '/etc/kubernetes/admin.conf')
    .option('--timeout <duration>', 'for the Pods to leave the node', '5m')
    .option('--force', 'let go of Pods that nothing makes anew, and of those that do not leave in time')
    .option('--dry-run', 'change nothing; show what would be done')
    .action(
      act(async () => {
        const [{ nodeRemoveIntent }, { runIntent }] = await Promise.all([
          import('./intent.ts'),
          import('../run/run-intent.ts'),
        ])
        return (name: string, options: NodeRemoveOptions) => runIntent(nodeRemoveIntent, { name, options }, options)
      }),
    )
}
