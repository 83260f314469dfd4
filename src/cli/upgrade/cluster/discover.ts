import { defaultNodeName } from '../../../cluster/cluster.ts'
import type { ClusterNode } from '../../../cluster/session.ts'
import { openFirst } from '../../../compose/api.ts'
import { type NamedHost, namedMachines } from '../../../compose/machines.ts'
import { specOf } from '../../../compose/node-spec.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import type { ConnectedHost } from '../../../host/host.ts'
import { listClusterNodes } from '../../../observe/cluster/nodes.ts'
import { readNodePlace } from '../../../observe/left/node-place.ts'
import type { CommonOptions } from '../../options.ts'
import { withHosts } from '../../run/with-hosts.ts'

/**
 * Returns the hosts of the command line, then those of the other Nodes of the cluster, by their internal addresses and
 * with the user and port of the first host. Throws PREFLIGHT_FAILED for a Node without an address.
 */
export async function discoverHosts(options: CommonOptions, kubeconfig: string): Promise<readonly NamedHost[]> {
  const named = namedMachines(options)
  return withHosts(named, { options }, async hosts => {
    const { kube } = await openFirst(hosts, kubeconfig)
    const [nodes, names] = await Promise.all([
      listClusterNodes(kube).finally(() => kube.close()),
      Promise.all(hosts.map(nodeName)),
    ])
    const others = nodes.filter(({ name }) => !names.includes(name))
    return [...named, ...others.map(node => hostOf(node, options.host?.[0]))]
  })
}

async function nodeName(host: ConnectedHost): Promise<string> {
  const { name, facts } = await readNodePlace(host)
  return name ?? defaultNodeName(facts)
}

function hostOf(node: ClusterNode, first: string | undefined): NamedHost {
  const spec = specOf(node, first)
  if (spec !== undefined) return { flag: '--host', spec }
  throw new KadmError('PREFLIGHT_FAILED', `the Node ${node.name} has no internal address`, {
    hint: 'name its host with --host',
  })
}
