import type { Command } from 'commander'
import { paths } from '../../../cluster/paths.ts'
import { flagsOf } from '../../../config/flags/flags.ts'
import { type Act, describe } from '../../command.ts'
import { OfferingArgument, OfferingOption } from '../../offers.ts'
import { addCommonOptions, addFlags, readFlags } from '../../options.ts'
import { withRunner } from '../../run/with-runner.ts'
import type { UpgradeClusterOptions } from './parse.ts'

const examples = `\
  kadm upgrade cluster v1.37.2 -y --host cp1,cp2,cp3,w1,w2      kubelets from the package repositories of the nodes
  kadm upgrade cluster v1.37.2 -y --host root@cp1 --all-nodes    all nodes, by the addresses of their Nodes
  kadm upgrade cluster v1.37.2 --host cp1,w1 --binaries /opt/kubernetes
  kadm upgrade cluster v1.37.2 --host cp1,w1 --binaries-from kubernetes-v1.37.2.tar.gz
  kadm upgrade cluster v1.37.2 --host cp1,w1,w2 --max-unavailable 50% --drain-timeout 15m
  kadm upgrade cluster v1.37.2 --host cp1,cp2,cp3,w1 --pause-after cp1    the first node; run it again to continue
  kadm upgrade cluster v1.37.2 --host cp1,w1 --after-node './smoke-test.sh "$KADM_NODE"'`

export function addUpgradeCluster(upgrade: Command, act: Act): void {
  const flags = flagsOf('upgrade apply').filter(({ name }) => name !== 'skip-phases')
  const purpose = 'upgrade all nodes of a cluster with their kubelets, one after another'
  const cluster = addFlags(addCommonOptions(describe(upgrade.command('cluster'), purpose, examples)), flags)
  cluster
    .addArgument(new OfferingArgument('<version>', 'version of Kubernetes to upgrade to', 'version'))
    .option('--all-nodes', 'also the other nodes of the cluster, by the addresses of their Nodes')
    .addOption(
      new OfferingOption(
        '--binaries <dir>',
        'directory on each node with the kubelet and SHA256SUMS',
        'host-directory',
      ),
    )
    .addOption(
      new OfferingOption(
        '--binaries-from <archive>',
        'tar archive on this host with the kubelet and SHA256SUMS',
        'file',
      ),
    )
    .option(
      '--max-unavailable <number>',
      'how many workers are upgraded at the same time: a number, or a percentage',
      '1',
    )
    .option('--drain-timeout <duration>', 'how long to wait for the pods of a node to be evicted', '5m')
    .option('--drain-force', 'also evict pods without a controller, which are lost')
    .option('--delete-emptydir-data', 'also evict pods with data in an emptyDir, which are lost')
    .option('--pause-after <node>', 'stop after this node; the same command without the flag continues')
    .option('--before-node <command>', 'shell command on this host before each node; KADM_NODE is its name')
    .option('--after-node <command>', 'shell command on this host after each node; if it fails, the upgrade stops')
    .action(
      act(async () => {
        const { upgradeClusterIntent, runIntent } = await withRunner(import('./intent.ts'))
        return async (version: string, options: UpgradeClusterOptions) => {
          const input = { version, options, flags: readFlags(cluster, flags) }
          if (options.allNodes !== true) return runIntent(upgradeClusterIntent, input, options)
          const { upgrade } = upgradeClusterIntent.parse(input, new Date())
          const { discoverHosts } = await import('./discover.ts')
          const hosts = await discoverHosts(options, upgrade.kubeconfig ?? `${paths.kubernetesDir}/admin.conf`)
          return runIntent(upgradeClusterIntent, { ...input, hosts }, options)
        }
      }),
    )
}
