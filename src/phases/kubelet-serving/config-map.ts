import { dataOf } from '../../cluster/kube-object.ts'
import type { ServingRequest } from '../../cluster/request.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { withApi } from '../../ops/api.ts'
import { setServerTlsBootstrap } from '../../render/server-tls-bootstrap.ts'
import type { Phase } from '../phase.ts'

const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'kubelet-config' } as const

/** Nodes that join later, and upgrades, take the configuration of their kubelet from this ConfigMap. */
export const servingConfigMap: Phase<ServingRequest> = {
  id: 'kubelet-serving/config-map',
  title: 'Set serverTLSBootstrap in kubelet-config',
  about: 'Sets serverTLSBootstrap in the ConfigMap kubelet-config, or removes it. Everything else in it stays.',
  kubeadm: 'none',
  needs: [],
  async run(ctx) {
    const { serverTlsBootstrap } = ctx.request
    const asSource = { ...ctx, kube: () => ctx.kube('source') }
    await withApi(asSource, 'the ConfigMap kubelet-config', async kube => {
      const found = await kube.get(ref)
      const text = dataOf(found).kubelet
      const changed = text === undefined ? undefined : setServerTlsBootstrap(text, serverTlsBootstrap)
      if (found === undefined || changed === undefined) throw unreadable()
      if (changed === text) return
      await kube.update({ ...found, data: { ...dataOf(found), kubelet: changed } })
    })
  },
}

function unreadable(): KadmError {
  return new KadmError('API_REFUSED', 'the ConfigMap kube-system/kubelet-config holds no KubeletConfiguration', {
    hint: 'write it on a control plane: `kadm init phase upload-config kubelet --config FILE`',
    final: true,
  })
}
