import type { Cluster, ControlPlaneNode } from '../../cluster/cluster.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { corednsConfigMap, corednsDeployment, corednsRbac, corednsService } from '../../render/objects/coredns.ts'
import { kubeProxyObjects } from '../../render/objects/kube-proxy.ts'
import { toYaml } from '../../yaml/write.ts'
import type { CommonOptions } from '../options.ts'
import { printObjects } from '../output-objects.ts'

export type Addon = 'addon/coredns' | 'addon/kube-proxy'

/** The add-on that `--print-manifest` prints. Throws USAGE for other phases, which do not have the flag. */
export function addonToPrint(phase: readonly string[]): Addon {
  const name = phase.join('/')
  if (name === 'addon/coredns' || name === 'addon/kube-proxy') return name
  throw new KadmError('USAGE', `--print-manifest is not a flag of the phase ${name}`, {
    hint: 'the add-on phases support it: `kadm init phase addon coredns --print-manifest`, or `kadm init phase addon kube-proxy --print-manifest`',
  })
}

/** Prints the objects of an add-on as kadm would create them in a new cluster. */
export function printManifest(
  addon: Addon,
  cluster: Cluster,
  node: ControlPlaneNode,
  output: CommonOptions['output'],
): string {
  const objects = addon === 'addon/coredns' ? corednsObjects(cluster) : kubeProxyObjects(cluster, node)
  return output === 'json' ? printObjects(objects, 'json') : objects.map(object => `---\n${toYaml(object)}`).join('')
}

function corednsObjects(cluster: Cluster): readonly KubeObject[] {
  const deployment = corednsDeployment(cluster, { replicas: 2 })
  return [deployment, corednsConfigMap(cluster), corednsService(cluster), ...corednsRbac()]
}
