import type { KubeObject } from '../../cluster/kube-object.ts'
import { inKubeSystem } from './rbac.ts'

/**
 * Renders the encrypted certificates for joining control planes. They are deleted when their owner, a short-lived token
 * Secret, expires.
 */
export function kubeadmCertsSecret(
  sealed: ReadonlyMap<string, Uint8Array>,
  owner: { readonly name: string; readonly uid: string },
): KubeObject {
  const data = [...sealed].map(([name, content]) => [name, Buffer.from(content).toString('base64')])
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...inKubeSystem('kubeadm-certs'),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', ...owner, controller: true, blockOwnerDeletion: true }],
    },
    type: 'Opaque',
    data: Object.fromEntries(data),
  }
}
