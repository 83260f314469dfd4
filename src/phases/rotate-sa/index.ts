export { saApiServer, saCheck, saControllerManager } from './components.ts'
export { saForget } from './forget.ts'
export { saKeys } from './keys.ts'
