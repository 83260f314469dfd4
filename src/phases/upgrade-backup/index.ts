import { controlPlanesOf } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import { kubeletFiles } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import type { UpgradeRequest } from '../../cluster/request.ts'
import { backupName, recordPath, type UpgradeRecord, upgradesDir } from '../../cluster/upgrade-record.ts'
import { readUpgradeRecords, unfinishedRecord } from '../../observe/left/upgrade-records.ts'
import { readStaticPod } from '../../observe/machine/static-pod.ts'
import { copyAside } from '../../ops/copy-aside.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { changesNode } from './changes.ts'
import { readObjects } from './objects.ts'
import { saveSnapshot } from './snapshot.ts'

/**
 * kadm's own phase: keeps what a rollback restores. A second try keeps the backup of the first one, which has the state
 * before any change.
 */
export const upgradeBackup: Phase<UpgradeRequest> = {
  id: 'upgrade-backup',
  title: 'Back up the node, and take a snapshot of etcd',
  about:
    "Backs up the manifests, the kubelet's configuration and the ConfigMaps and add-ons of the cluster, and takes a snapshot of etcd; only if the upgrade changes something.",
  kubeadm: 'none',
  needs: ['name', 'advertiseAddress'],
  async run(ctx) {
    const { cluster, node, host, session, report } = ctx
    const to = cluster.config.kubernetesVersion
    if (!(await changesNode(ctx))) return report({ kind: 'progress', text: 'nothing to back up: nothing changes' })
    const known = unfinishedRecord(await readUpgradeRecords(host), to)
    if (known !== undefined) {
      return report({ kind: 'progress', text: `keeping the backup of the first try in ${upgradesDir}/${known.run}` })
    }
    const run = backupName(session.run, to)
    const wanted = [...(node.role === 'control-plane' ? [paths.manifestsDir] : []), ...kubeletFiles]
    const files = await copyAside(host, `${upgradesDir}/${run}`, wanted)
    const snapshot = await backUpCluster(ctx, run)
    const record: UpgradeRecord = {
      ...{ run, node: node.name, from: await versionOf(ctx), to, files },
      ...given({ snapshot }),
    }
    // The record is last: a backup without one is not complete.
    await host.writeFile({
      path: recordPath(run, 'record'),
      content: `${JSON.stringify(record, null, 2)}\n`,
      mode: 0o600,
    })
    report({ kind: 'result', key: 'backup', value: `${upgradesDir}/${run}` })
  },
}

/** Returns the version that the node runs: further control planes still have the earlier one. */
async function versionOf({ host, request }: PhaseContext<UpgradeRequest>): Promise<string> {
  return (await readStaticPod(host, 'kube-apiserver'))?.tag ?? request.from
}

/** Saves the objects of the cluster and the data of etcd, on a control plane. Returns the size of the snapshot. */
async function backUpCluster(ctx: PhaseContext<UpgradeRequest>, run: string): Promise<number | undefined> {
  const { cluster, host } = ctx
  const [node] = controlPlanesOf({ nodes: [ctx.node] })
  if (node === undefined) return undefined
  const objects = await readObjects(ctx)
  const path = recordPath(run, 'objects')
  await host.writeFile({ path, content: `${JSON.stringify(objects, null, 2)}\n`, mode: 0o600 })
  if (cluster.config.etcd.external !== undefined) return undefined
  return saveSnapshot({ ...ctx, node }, recordPath(run, 'snapshot'))
}
