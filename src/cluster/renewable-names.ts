import type { KubeconfigName, LeafName } from './node-files.ts'

export type RenewableName = LeafName | Exclude<KubeconfigName, 'kubelet.conf'>

/** The certificates that `certs renew` renews, in kubeadm's order. The kubelet renews its own. */
export const renewableNames: readonly RenewableName[] = [
  'admin.conf',
  'apiserver',
  'apiserver-etcd-client',
  'apiserver-kubelet-client',
  'controller-manager.conf',
  'etcd-healthcheck-client',
  'etcd-peer',
  'etcd-server',
  'front-proxy-client',
  'scheduler.conf',
  'super-admin.conf',
]
