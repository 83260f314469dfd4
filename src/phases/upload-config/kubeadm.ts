import { ensureObjects } from '../../ops/api.ts'
import { ensureClusterAdmins } from '../../ops/cluster-admins.ts'
import { kubeadmConfigMap } from '../../render/objects/config-map.ts'
import { kubeadmConfigRbac } from '../../render/objects/rbac.ts'
import type { Phase } from '../phase.ts'

/** Stores the ClusterConfiguration, which later joins and upgrades read. */
export const uploadConfigKubeadm: Phase = {
  id: 'upload-config/kubeadm',
  title: 'Store the cluster configuration in the cluster',
  about: 'Stores the ClusterConfiguration in the cluster, for later joins and upgrades.',
  flags: ['cri-socket', 'kubeconfig'],
  needs: [],
  async run(ctx) {
    // If the wait for the API server was skipped, admin.conf has no rights yet.
    await ensureClusterAdmins(ctx)
    await ensureObjects(ctx, 'storing kubeadm-config', [kubeadmConfigMap(ctx.cluster), ...kubeadmConfigRbac()])
  },
}
