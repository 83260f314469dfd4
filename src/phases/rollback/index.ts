export { checkSnapshot } from './check-snapshot.ts'
export { restoreKubeletConfig } from './kubelet-config.ts'
export { restoreObjects } from './objects.ts'
export { restoreStaticPods } from './static-pods.ts'
