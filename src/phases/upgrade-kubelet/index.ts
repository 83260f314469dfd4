export { installKubelet, prepareKubelet } from './binaries.ts'
export { checkDrain, drainForUpgrade, uncordonUpgraded } from './drain.ts'
export { afterNode, beforeNode } from './hooks.ts'
export { restartUpgraded } from './restart.ts'
