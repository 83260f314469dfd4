import { readLeftovers } from '../../observe/left/leftovers.ts'
import type { Phase } from '../phase.ts'

/** kadm's own phase: reports what a reset does not remove, for the result on stdout. */
export const showWhatStays: Phase = {
  id: 'show-what-stays',
  title: 'List what the reset does not remove',
  about: 'Looks for what the reset leaves on the host, for the answer on stdout.',
  kubeadm: 'none',
  flags: ['cleanup-network'],
  needs: [],
  async run({ host, cluster, node, report }) {
    for (const { what, why } of await readLeftovers(host, cluster, node)) {
      report({ kind: 'result', key: 'stays', value: `${what}: ${why}` })
    }
  },
}
