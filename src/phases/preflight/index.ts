export { joinPreflight } from './join-preflight.ts'
export { machinePreflight } from './machine-preflight.ts'
export { preflight } from './preflight.ts'
export { resetPreflight } from './reset-preflight.ts'
