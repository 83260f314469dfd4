import ipaddr from 'ipaddr.js'
import { isIPv6 } from '../../cluster/cidr.ts'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import { paths } from '../../cluster/paths.ts'
import type { Discovered } from '../../cluster/session.ts'
import type { Check } from './check.ts'
import { commonChecks } from './common-checks.ts'
import { fileAvailable, settingOn } from './files.ts'
import { httpProxy } from './network.ts'
import { ipForward, ipv6Forwarding } from './node-facts.ts'

/** The checks of a joining node in kubeadm's order, without IsPrivilegedUser before them. */
export function joinChecks(cluster: Cluster, node: Node, discovered?: Discovered): readonly Check[] {
  return [
    fileAvailable(`${paths.kubernetesDir}/kubelet.conf`),
    fileAvailable(paths.bootstrapKubeconfig),
    ...commonChecks('older'),
    ...(node.role === 'worker' ? [fileAvailable(cluster.run.caCertPath)] : []),
    ...endpointChecks(discovered),
  ]
}

/** Only a token names the endpoint by hand; a discovery file was made for the way that it shows. */
function endpointChecks(discovered: Discovered | undefined): readonly Check[] {
  if (discovered?.bootstrapToken === undefined) return []
  const host = new URL(discovered.server).hostname.replace(/^\[|\]$/g, '')
  return [
    httpProxy(host),
    ...(ipaddr.IPv4.isValid(host) ? [settingOn(ipForward)] : []),
    ...(isIPv6(host) ? [settingOn(ipv6Forwarding)] : []),
  ]
}
