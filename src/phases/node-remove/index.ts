export { checkRemoval } from './check.ts'
export { drainNode } from './drain.ts'
export { removeMemberOfNode } from './etcd-member.ts'
export { deleteNode } from './node.ts'
