import type { Node } from '../cluster/cluster.ts'
import type { KubeconfigName } from '../cluster/node-files.ts'
import type { Subject } from './name.ts'

/** One kubeconfig of a control plane. `ca` signs its client certificate. */
export interface KubeconfigSpec {
  /** File name; also the name of its key in the session. */
  readonly name: KubeconfigName
  readonly longName: string
  /** The user and the groups. */
  readonly subject: (node: Pick<Node, 'name'>) => Subject
  /** The server: the shared endpoint, or this node's own kube-apiserver. */
  readonly endpoint: 'cluster' | 'node'
  /** False for the kubelet, which renews its own. */
  readonly renewable: boolean
}

function row(
  name: KubeconfigName,
  owner: string,
  endpoint: 'cluster' | 'node',
  commonName: string,
  ...organizations: readonly string[]
): KubeconfigSpec {
  return {
    name,
    longName: `certificate embedded in the kubeconfig file for the ${owner}`,
    subject: () => ({ commonName, organizations }),
    endpoint,
    renewable: true,
  }
}

const adminOwner = 'admin to use and for kubeadm itself'

/** The five kubeconfig files in the order in which kubeadm creates them. */
export const kubeconfigTable: readonly KubeconfigSpec[] = [
  row('admin.conf', adminOwner, 'cluster', 'kubernetes-admin', 'kubeadm:cluster-admins'),
  row('super-admin.conf', 'super-admin', 'cluster', 'kubernetes-super-admin', 'system:masters'),
  {
    ...row('kubelet.conf', 'kubelet', 'node', ''),
    subject: node => ({ commonName: `system:node:${node.name}`, organizations: ['system:nodes'] }),
    renewable: false,
  },
  row('controller-manager.conf', 'controller manager to use', 'node', 'system:kube-controller-manager'),
  row('scheduler.conf', 'scheduler manager to use', 'node', 'system:kube-scheduler'),
]

/** Returns the row of a file name. */
export function kubeconfigSpec(name: KubeconfigName): KubeconfigSpec {
  const found = kubeconfigTable.find(spec => spec.name === name)
  if (found === undefined) throw new Error(`unknown kubeconfig ${name}`)
  return found
}
