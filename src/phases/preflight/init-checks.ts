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
    ...forwardingChecks(cluster, node.advertiseAddress),
    ...(external === undefined ? [] : [externalEtcdVersion(external)]),
    ...localEtcdChecks(cluster),
    ...externalEtcdFiles(cluster),
  ]
}

/** A cluster forwards packets of each family that its subnets or the node's address belong to. */
export function forwardingChecks({ config }: Cluster, own: string): readonly Check[] {
  const addresses = [...subnets(config.networking).map(cidr => cidr.split('/')[0] ?? ''), own]
  return [
    ...(addresses.some(address => ipaddr.IPv4.isValid(address)) ? [settingOn(ipForward)] : []),
    ...(addresses.some(isIPv6) ? [settingOn(ipv6Forwarding)] : []),
  ]
}
