import { ensureObjects } from '../../ops/api.ts'
import { kubeletConfigMap } from '../../render/objects/config-map.ts'
import { kubeletConfigRbac } from '../../render/objects/rbac.ts'
import type { Phase } from '../phase.ts'

/** Stores the kubelet configuration for joining nodes. */
export const uploadConfigKubelet: Phase = {
  id: 'upload-config/kubelet',
  title: 'Store the kubelet configuration in the cluster',
  about: 'Stores the configuration that the kubelets of joining nodes use.',
  flags: ['cri-socket', 'kubeconfig'],
  needs: [],
  run: ctx => ensureObjects(ctx, 'storing kubelet-config', [kubeletConfigMap(ctx.cluster), ...kubeletConfigRbac()]),
}
