import { isExternalCa } from '../../observe/pki/external-ca.ts'
import { ensureStaticPod } from '../../ops/ensure-static-pod.ts'
import { renderKubeApiserver } from '../../render/kube-apiserver.ts'
import { renderKubeControllerManager } from '../../render/kube-controller-manager.ts'
import { renderKubeScheduler } from '../../render/kube-scheduler.ts'
import type { Phase } from '../phase.ts'

/**
 * The static pods except etcd. An API server that starts before its etcd has joined would exit and be restarted with a
 * delay.
 */
export const controlPlanePods: Phase = {
  id: 'control-plane-prepare/control-plane',
  title: 'Write the static pods of the control plane',
  about: 'Writes the static pods of kube-apiserver, kube-controller-manager and kube-scheduler.',
  flags: ['apiserver-advertise-address', 'apiserver-bind-port', 'control-plane', 'patches'],
  role: 'control-plane',
  async run({ cluster, node, host }) {
    const externalCa = await isExternalCa(host, cluster.config.certificatesDir)
    await Promise.all([
      ensureStaticPod(host, 'kube-apiserver', renderKubeApiserver(cluster, node)),
      ensureStaticPod(host, 'kube-controller-manager', renderKubeControllerManager(cluster, node, { externalCa })),
      ensureStaticPod(host, 'kube-scheduler', renderKubeScheduler(cluster, node)),
    ])
  },
}
