import { type AddCommand, describe } from '../command.ts'
import { addApply } from './apply/command.ts'
import { addUpgradeCluster } from './cluster/command.ts'
import { addDiff } from './diff/command.ts'
import { addUpgradeNode } from './node/command.ts'
import { addRollback } from './rollback/command.ts'
import { addStorageMigrate } from './storage-migrate/command.ts'
import { addPlan } from './plan/command.ts'

const examples = `\
  kadm upgrade plan                                     on a control plane: the versions it can be upgraded to
  kadm upgrade diff v1.37.2                             what the upgrade changes on this control plane
  kadm upgrade diff v1.37.2 --host root@cp1,root@cp2,root@cp3
  kadm upgrade apply v1.37.2 -y --host root@cp1         the first control plane
  kadm upgrade node --host root@cp2 --host root@w1      other control planes and workers
  kadm upgrade cluster v1.37.2 -y --host cp1,cp2,w1     all nodes, with drain and kubelet
  kadm upgrade rollback --host root@cp1                 back to the version before
  kadm upgrade storage-migrate --host root@cp1          afterwards: rewrite stored objects in their new versions`

export const addUpgrade: AddCommand = (program, act) => {
  const upgrade = describe(program.command('upgrade'), 'upgrade a cluster to another version of Kubernetes', examples)
  addPlan(upgrade, act)
  addDiff(upgrade, act)
  addApply(upgrade, act)
  addUpgradeNode(upgrade, act)
  addUpgradeCluster(upgrade, act)
  addRollback(upgrade, act)
  addStorageMigrate(upgrade, act)
}
