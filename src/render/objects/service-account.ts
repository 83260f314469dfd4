import type { KubeObject } from '../../cluster/kube-object.ts'

/** Renders a ServiceAccount in kube-system. */
export function serviceAccount(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'kube-system' } }
}
