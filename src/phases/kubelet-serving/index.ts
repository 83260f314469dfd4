export { servingCertificate } from './certificate.ts'
export { servingConfigMap } from './config-map.ts'
export { servingKubelet } from './kubelet.ts'
