import { splitCidrs } from '../../cluster/cidr.ts'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import { paths } from '../../cluster/paths.ts'
import { lastArg } from '../../render/static-pod/command.ts'
import type { Check } from './check.ts'
import { externalEtcdFile } from './external-etcd.ts'
import { dirAvailable, fileAvailable } from './files.ts'
import { cpus, kubernetesVersion, memory } from './machine.ts'
import { httpProxy, httpProxyCidr } from './network.ts'
import { port } from './ports.ts'
import { firewalld } from './services.ts'

const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd']

/** What every control plane needs, the first one and those that join, in kubeadm's order. */
export function controlPlaneChecks({ config }: Cluster, node: Node): readonly Check[] {
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

/** A local etcd listens on the address that the API server advertises, whatever it binds to. */
export function localEtcdChecks({ config }: Cluster, node: Node): readonly Check[] {
  const { local } = config.etcd
  if (local === undefined) return []
  const address = lastArg(config.apiServer.extraArgs, 'advertise-address') || node.advertiseAddress
  return [port(2379, address), port(2380, address), dirAvailable(local.dataDir)]
}

/** The files with which the API server speaks to an external etcd. */
export function externalEtcdFiles({ config }: Cluster): readonly Check[] {
  const { external } = config.etcd
  const files = [external?.caFile, external?.certFile, external?.keyFile]
  return files.flatMap(file => (file === undefined || file === '' ? [] : [externalEtcdFile(file)]))
}

/** CIDRs of services, then of pods. */
export function subnets({ serviceSubnet, podSubnet = '' }: Cluster['config']['networking']): readonly string[] {
  return [...splitCidrs(serviceSubnet), ...splitCidrs(podSubnet)]
}
