export { coredns } from './coredns.ts'
export { kubeProxy } from './kube-proxy.ts'
export { upgradeCoredns, upgradeKubeProxy } from './upgrade.ts'
