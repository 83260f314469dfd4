export { joinWaitApi, waitApi } from './api.ts'
export { joinWaitComponents, waitComponents } from './components.ts'
