/** Where kubeadm keeps its files on a node. */
export const paths = {
  kubernetesDir: '/etc/kubernetes',
  manifestsDir: '/etc/kubernetes/manifests',
  kubeletDir: '/var/lib/kubelet',
  kubeletConfig: '/var/lib/kubelet/config.yaml',
  kubeletEnv: '/var/lib/kubelet/kubeadm-flags.env',
  kubeletInstanceConfig: '/var/lib/kubelet/instance-config.yaml',
  kubeletPkiDir: '/var/lib/kubelet/pki',
  bootstrapKubeconfig: '/etc/kubernetes/bootstrap-kubelet.conf',
  defaultCertificatesDir: '/etc/kubernetes/pki',
  defaultCriSocket: 'unix:///var/run/containerd/containerd.sock',
  manifest: (component: string): string => `/etc/kubernetes/manifests/${component}.yaml`,
} as const
