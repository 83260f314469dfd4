export { coredns } from './coredns.ts'
export { kubeProxy } from './kube-proxy.ts'
