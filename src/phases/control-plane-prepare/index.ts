export { apiserverCerts, etcdCerts } from './certs.ts'
export { controlPlanePods } from './control-plane.ts'
export { downloadCerts } from './download-certs.ts'
export { adminKubeconfig, componentKubeconfigs } from './kubeconfig.ts'
