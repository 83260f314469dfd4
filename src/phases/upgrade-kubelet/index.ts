export { installKubelet, prepareKubelet } from './binaries.ts'
export { checkDrain, drainForUpgrade, uncordonUpgraded } from './drain.ts'
export { restartUpgraded } from './restart.ts'
