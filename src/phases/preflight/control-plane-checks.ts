import { splitCidrs } from '../../cluster/cidr.ts'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import { components, staticPodComponents } from '../../cluster/components.ts'
import { paths } from '../../cluster/paths.ts'
import type { Check } from './check.ts'
import { externalEtcdFile } from './external-etcd.ts'
import { dirAvailable, fileAvailable } from './files.ts'
import { cpus, kubernetesVersion, memory } from './machine.ts'
import { httpProxy, httpProxyCidr } from './network.ts'
import { port } from './ports.ts'
import { firewalld } from './services.ts'

/** What every control plane needs, the first one and those that join, in kubeadm's order. */
export function controlPlaneChecks({ config }: Cluster, node: Node): readonly Check[] {
  return [
    cpus,
    memory,
    kubernetesVersion,
    firewalld(node.bindPort),
    port(node.bindPort),
    ...components['kube-scheduler'].ports.map(port),
    ...components['kube-controller-manager'].ports.map(port),
    ...staticPodComponents.map(component => fileAvailable(paths.manifest(component))),
    httpProxy(node.advertiseAddress),
    ...subnets(config.networking).map(httpProxyCidr),
  ]
}

export function localEtcdChecks({ config }: Cluster): readonly Check[] {
  const { local } = config.etcd
  return local === undefined ? [] : [...components.etcd.ports.map(port), dirAvailable(local.dataDir)]
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
