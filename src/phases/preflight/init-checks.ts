import ipaddr from 'ipaddr.js'
import { isIPv6, splitCidrs } from '../../cluster/cidr.ts'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import { paths } from '../../cluster/paths.ts'
import { lastArg } from '../../render/static-pod/command.ts'
import type { Check } from './check.ts'
import { commonChecks } from './common-checks.ts'
import { externalEtcdFile, externalEtcdVersion } from './external-etcd.ts'
import { dirAvailable, fileAvailable, settingOn } from './files.ts'
import { cpus, kubernetesVersion, memory } from './machine.ts'
import { httpProxy, httpProxyCidr } from './network.ts'
import { ipForward, ipv6Forwarding } from './node-facts.ts'
import { port } from './ports.ts'
import { firewalld } from './services.ts'

const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd']

/** The checks of a first control plane in kubeadm's order, without IsPrivilegedUser before and ImagePull after them. */
export function initChecks(cluster: Cluster, node: Node): readonly Check[] {
  return [
    ...controlPlaneChecks(cluster, node),
    ...commonChecks('older and newer'),
    ...forwarding(cluster, node),
    ...etcdChecks(cluster, node),
  ]
}

function controlPlaneChecks({ config }: Cluster, node: Node): readonly Check[] {
  return [
    cpus,
    memory,
    kubernetesVersion,
    firewalld(node.bindPort),
    port(node.bindPort, lastArg(config.apiServer.extraArgs, 'bind-address')),
    port(10259, lastArg(config.scheduler.extraArgs, 'bind-address')),
    port(10257, lastArg(config.controllerManager.extraArgs, 'bind-address')),
    ...components.map(component => fileAvailable(paths.manifest(component))),
    httpProxy(node.advertiseAddress),
    ...subnets(config.networking).map(httpProxyCidr),
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

/** A local etcd listens on the address that the API server advertises, whatever it binds to. */
function etcdChecks({ config }: Cluster, node: Node): readonly Check[] {
  const { local, external } = config.etcd
  const address = lastArg(config.apiServer.extraArgs, 'advertise-address') || node.advertiseAddress
  const files = [external?.caFile, external?.certFile, external?.keyFile].filter(
    file => file !== undefined && file !== '',
  )
  return [
    ...(external === undefined ? [] : [externalEtcdVersion(external)]),
    ...(local === undefined ? [] : [port(2379, address), port(2380, address), dirAvailable(local.dataDir)]),
    ...files.map(file => externalEtcdFile(file ?? '')),
  ]
}

function subnets({ serviceSubnet, podSubnet = '' }: Cluster['config']['networking']): readonly string[] {
  return [...splitCidrs(serviceSubnet), ...splitCidrs(podSubnet)]
}
