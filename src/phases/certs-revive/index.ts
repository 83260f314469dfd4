export { reviveApi, reviveComponents, reviveEtcd } from './components.ts'
export { startKubelet } from './kubelet.ts'
export { reviveNode } from './node.ts'
