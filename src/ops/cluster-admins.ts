import type { Kube } from '../clients/kube/kube.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import type { Until } from '../cluster/until.ts'
import { isKadmError } from '../errors/kadm-error.ts'
import { clusterAdminsBinding } from '../render/objects/rbac.ts'
import { ensurePresent } from './ensure-object.ts'

export interface AdminAccess {
  readonly kube: (as: 'admin' | 'super-admin') => Promise<Kube>
  readonly until: Until
  readonly request: { readonly timeouts: { readonly kubernetesAPICall: number } }
}

/**
 * Binds the group of admin.conf to cluster-admin. As in kubeadm, uses admin.conf itself if it already has the rights,
 * else, on 403, super-admin.conf.
 */
export async function ensureClusterAdmins({ kube, until, request }: AdminAccess): Promise<void> {
  const binding: KubeObject = clusterAdminsBinding()
  const write = async (as: 'admin' | 'super-admin') => ensurePresent(await kube(as), binding)
  await until(
    'the rights of admin.conf',
    () =>
      write('admin').catch(error => {
        if (isKadmError(error) && error.status === 403) return write('super-admin')
        throw error
      }),
    {
      timeoutMs: request.timeouts.kubernetesAPICall,
      field: 'kubernetesAPICall',
      assume: 'created' as const,
    },
  )
}
