import type { ApiObject } from './api-object.ts'

/** A ServiceAccount in kube-system. */
export function serviceAccount(name: string): ApiObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'kube-system' } }
}
