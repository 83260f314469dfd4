export { checkRemoval } from './check.ts'
export { drainRemovedNode } from './drain.ts'
export { removeMemberOfNode } from './etcd-member.ts'
export { deleteNode } from './node.ts'
