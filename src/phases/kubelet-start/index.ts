export { kubeletStart } from './init.ts'
export { joinKubeletStart } from './join.ts'
