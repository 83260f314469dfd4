export { initChecks } from './init-checks.ts'
export { joinChecks, joinControlPlaneChecks } from './join-checks.ts'
export { joinPreflight } from './join-preflight.ts'
export { preflight } from './preflight.ts'
