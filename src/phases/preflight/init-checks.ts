import ipaddr from 'ipaddr.js'
import { isIPv6 } from '../../cluster/cidr.ts'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import type { Check } from './check.ts'
import { commonChecks } from './common-checks.ts'
import { controlPlaneChecks, externalEtcdFiles, localEtcdChecks, subnets } from './control-plane-checks.ts'
import { externalEtcdVersion } from './external-etcd.ts'
import { settingOn } from './files.ts'
import { ipForward, ipv6Forwarding } from './node-facts.ts'

/** The checks of a first control plane in kubeadm's order, without IsPrivilegedUser before and ImagePull after them. */
export function initChecks(cluster: Cluster, node: Node): readonly Check[] {
  const { external } = cluster.config.etcd
  return [
    ...controlPlaneChecks(cluster, node),
    ...commonChecks('older and newer'),
    ...forwarding(cluster, node),
    ...(external === undefined ? [] : [externalEtcdVersion(external)]),
    ...localEtcdChecks(cluster, node),
    ...externalEtcdFiles(cluster),
  ]
}

/** A cluster forwards packets of each family that its subnets or its API server's address belong to. */
function forwarding({ config }: Cluster, node: Node): readonly Check[] {
  const addresses = [...subnets(config.networking).map(cidr => cidr.split('/')[0] ?? ''), node.advertiseAddress]
  return [
    ...(addresses.some(address => ipaddr.IPv4.isValid(address)) ? [settingOn(ipForward)] : []),
    ...(addresses.some(isIPv6) ? [settingOn(ipv6Forwarding)] : []),
  ]
}
