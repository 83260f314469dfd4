import type { JsonObject } from '../../cluster/json.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'

export interface RbacSubject {
  readonly kind: 'Group' | 'User' | 'ServiceAccount'
  readonly name: string
  readonly namespace?: string
}

export interface Rule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
}

const group = 'rbac.authorization.k8s.io'
const apiVersion = `${group}/v1`

const nodes: RbacSubject = { kind: 'Group', name: 'system:nodes' }
/** The group of bootstrap tokens for joining. */
export const nodeBootstrappers: RbacSubject = { kind: 'Group', name: 'system:bootstrappers:kubeadm:default-node-token' }

/** Binds a ClusterRole to subjects in the whole cluster. */
export function clusterRoleBinding(name: string, role: string, ...subjects: readonly RbacSubject[]): KubeObject {
  return binding('ClusterRoleBinding', { name }, { kind: 'ClusterRole', name: role }, subjects)
}

/** Returns a ClusterRole and a binding of the same name. */
export function clusterRole(name: string, rules: readonly Rule[], ...subjects: readonly RbacSubject[]): KubeObject[] {
  const role = { apiVersion, kind: 'ClusterRole', metadata: { name }, rules: rules.map(ruleTree) }
  return [role, clusterRoleBinding(name, name, ...subjects)]
}

/** Returns a Role that allows `get` of one object, and a binding of the same name. */
export function readerRole(
  metadata: { readonly name: string; readonly namespace: string },
  object: { readonly resource: string; readonly name: string },
  ...subjects: readonly RbacSubject[]
): KubeObject[] {
  const rule = { verbs: ['get'], apiGroups: [''], resources: [object.resource], resourceNames: [object.name] }
  return [
    { apiVersion, kind: 'Role', metadata, rules: [ruleTree(rule)] },
    binding('RoleBinding', metadata, { kind: 'Role', name: metadata.name }, subjects),
  ]
}

/** Binds the group of admin.conf to cluster-admin. */
export function clusterAdminsBinding(): KubeObject {
  const name = 'kubeadm:cluster-admins'
  return clusterRoleBinding(name, 'cluster-admin', { kind: 'Group', name })
}

export function kubeadmConfigRbac(): KubeObject[] {
  const object = { resource: 'configmaps', name: 'kubeadm-config' }
  return readerRole(inKubeSystem('kubeadm:nodes-kubeadm-config'), object, nodeBootstrappers, nodes)
}

export function kubeletConfigRbac(): KubeObject[] {
  const object = { resource: 'configmaps', name: 'kubelet-config' }
  return readerRole(inKubeSystem('kubeadm:kubelet-config'), object, nodes, nodeBootstrappers)
}

export function kubeadmCertsRbac(): KubeObject[] {
  const object = { resource: 'secrets', name: 'kubeadm-certs' }
  return readerRole(inKubeSystem('kubeadm:kubeadm-certs'), object, nodeBootstrappers)
}

/** Returns the rights of joining nodes, the approval of their certificates, and the public access to cluster-info. */
export function bootstrapRbac(): KubeObject[] {
  const requests = 'system:certificates.k8s.io:certificatesigningrequests'
  const clusterInfo = { name: 'kubeadm:bootstrap-signer-clusterinfo', namespace: 'kube-public' }
  const getNodes = { verbs: ['get'], apiGroups: [''], resources: ['nodes'] }
  return [
    ...clusterRole('kubeadm:get-nodes', [getNodes], nodeBootstrappers),
    clusterRoleBinding('kubeadm:kubelet-bootstrap', 'system:node-bootstrapper', nodeBootstrappers),
    clusterRoleBinding('kubeadm:node-autoapprove-bootstrap', `${requests}:nodeclient`, nodeBootstrappers),
    clusterRoleBinding('kubeadm:node-autoapprove-certificate-rotation', `${requests}:selfnodeclient`, nodes),
    clusterRoleBinding('kubeadm:apiserver-kubelet-client', 'system:kubelet-api-admin', {
      kind: 'User',
      name: 'kube-apiserver-kubelet-client',
    }),
    ...readerRole(
      clusterInfo,
      { resource: 'configmaps', name: 'cluster-info' },
      { kind: 'User', name: 'system:anonymous' },
    ),
  ]
}

/** Returns the metadata of an object in kube-system. */
export function inKubeSystem(name: string): { readonly name: string; readonly namespace: string } {
  return { name, namespace: 'kube-system' }
}

function binding(
  kind: string,
  metadata: KubeObject['metadata'],
  role: { readonly kind: string; readonly name: string },
  subjects: readonly RbacSubject[],
): KubeObject {
  return { apiVersion, kind, metadata, roleRef: { apiGroup: group, ...role }, subjects: subjects.map(subjectTree) }
}

/**
 * The server fills in the apiGroup of users and groups; it is written here so that a second run finds no difference.
 */
function subjectTree({ kind, name, namespace }: RbacSubject): JsonObject {
  return kind === 'ServiceAccount' ? { kind, name, namespace } : { apiGroup: group, kind, name }
}

function ruleTree({ verbs, apiGroups, resources, resourceNames }: Rule): JsonObject {
  return { verbs, apiGroups, resources, resourceNames }
}

/** Renders a ServiceAccount in kube-system. */
export function serviceAccount(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'kube-system' } }
}
