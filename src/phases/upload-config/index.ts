export { uploadConfigKubeadm } from './kubeadm.ts'
export { uploadConfigKubelet } from './kubelet.ts'
