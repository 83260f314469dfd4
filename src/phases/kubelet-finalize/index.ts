export { enableClientCertRotation } from './client-cert-rotation.ts'
export { useLocalEndpoint } from './local-endpoint.ts'
