import type { UpgradeRequest } from '../../cluster/request.ts'
import { recordPath, upgradesDir } from '../../cluster/upgrade-record.ts'
import { readUpgradeRecords, unfinishedRecord } from '../../observe/left/upgrade-records.ts'
import type { Phase } from '../phase.ts'

/** How many backups stay on a node. */
const kept = 3

/** Marks the upgrade of the node as complete, and removes old backups. kubeadm has no tasks here for these versions. */
export const postUpgrade: Phase<UpgradeRequest> = {
  id: 'post-upgrade',
  title: 'Complete the upgrade of the node',
  about: 'Marks the backup of the node as that of a complete upgrade, and removes all but the last three backups.',
  needs: [],
  async run({ cluster, host, session }) {
    const records = await readUpgradeRecords(host)
    const open = unfinishedRecord(records, cluster.config.kubernetesVersion)
    if (open === undefined) return
    const content = `${session.run}\n`
    await host.writeFile({ path: recordPath(open.run, 'done'), content, mode: 0o600 })
    for (const { run } of records.slice(kept)) await host.remove(`${upgradesDir}/${run}`)
  },
}
