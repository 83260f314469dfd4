import { type AddCommand, describe } from '../command.ts'
import { addDiff } from './diff/command.ts'

const examples = `\
  kadm upgrade diff v1.37.2                             what the upgrade changes on this control plane
  kadm upgrade diff v1.37.2 --host root@cp1,root@cp2,root@cp3`

export const addUpgrade: AddCommand = (program, act) => {
  const upgrade = describe(program.command('upgrade'), 'upgrade a cluster to another version of Kubernetes', examples)
  addDiff(upgrade, act)
}
