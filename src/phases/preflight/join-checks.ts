import ipaddr from 'ipaddr.js'
import { isIPv6 } from '../../cluster/cidr.ts'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import { paths } from '../../cluster/paths.ts'
import type { Discovered } from '../../cluster/session.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import type { Check } from './check.ts'
import { commonChecks } from './common-checks.ts'
import { controlPlaneChecks, externalEtcdFiles, localEtcdChecks } from './control-plane-checks.ts'
import { fileAvailable, settingOn } from './files.ts'
import { httpProxy } from './network.ts'
import { ipForward, ipv6Forwarding } from './node-facts.ts'

/** The checks of any joining node in kubeadm's order, without IsPrivilegedUser before them. */
export function joinChecks(node: Node, caCertPath: string, discovered?: Discovered): readonly Check[] {
  return [
    fileAvailable(`${paths.kubernetesDir}/kubelet.conf`),
    fileAvailable(paths.bootstrapKubeconfig),
    ...commonChecks('older'),
    ...(node.role === 'worker' ? [fileAvailable(caCertPath)] : []),
    ...endpointChecks(discovered),
  ]
}

/**
 * What a joining control plane is asked besides, in kubeadm's order, without ImagePull after them. `filesCome`: the run
 * brings the shared certificates itself, those of an external etcd too (a certificate key, or a control plane to copy from).
 */
export function joinControlPlaneChecks(cluster: Cluster, node: Node, filesCome: boolean): readonly Check[] {
  return [
    ...controlPlaneChecks(cluster, node),
    ...localEtcdChecks(cluster),
    ...(filesCome ? [] : externalEtcdFiles(cluster)),
  ]
}

/** As kubeadm, only for nodes that join by token; a node with credentials of its own is not asked. */
function endpointChecks(discovered: Discovered | undefined): readonly Check[] {
  if (discovered === undefined) return []
  if (parseKubeconfig(discovered.bootstrapKubeconfig.reveal()).token === undefined) return []
  const host = new URL(discovered.server).hostname.replace(/^\[|\]$/g, '')
  return [
    httpProxy(host),
    ...(ipaddr.IPv4.isValid(host) ? [settingOn(ipForward)] : []),
    ...(isIPv6(host) ? [settingOn(ipv6Forwarding)] : []),
  ]
}
