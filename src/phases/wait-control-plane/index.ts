export { waitApi } from './api.ts'
export { waitComponents } from './components.ts'
