import { dataOf, type KubeObject } from '../cluster/kube-object.ts'
import type { RollbackRequest } from '../cluster/request.ts'
import { recordPath, upgradesDir } from '../cluster/upgrade-record.ts'
import { completeUpgrade, type UpgradeDocuments } from '../config/complete-upgrade.ts'
import { defaultTimeouts } from '../config/kinds/timeouts.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { readNodePlace } from '../observe/left/node-place.ts'
import { type FoundRecord, readUpgradeRecords } from '../observe/left/upgrade-records.ts'
import { readText } from '../observe/machine/read-text.ts'
import type { Target } from '../phases/phase.ts'

/** A control plane to roll back, and the backup that is restored. */
export interface RollbackNode extends Target<RollbackRequest> {
  readonly record: FoundRecord
}

export interface RollbackInput {
  readonly kubeconfig: string
  readonly restoreSnapshot: boolean
}

/**
 * Reads a host and its newest backup. Asks no API server: it may be what does not start. Throws PREFLIGHT_FAILED without
 * a backup, or without the snapshot of etcd that is to be restored.
 */
export async function findRollbackNode(
  host: HostReader,
  { kubeconfig, restoreSnapshot }: RollbackInput,
): Promise<RollbackNode> {
  const [place, records] = await Promise.all([readNodePlace(host), readUpgradeRecords(host)])
  const record = records.find(({ state }) => state !== 'rolled back')
  if (record === undefined) throw noBackup(host)
  const objects = await readText(host, recordPath(record.run, 'objects'))
  if (objects === undefined) throw worker(host)
  if (restoreSnapshot && record.snapshot === undefined) throw noSnapshot(host, record)
  const options = {
    kubeconfig,
    certificateRenewal: false,
    etcdUpgrade: true,
    patches: [],
    timeouts: defaultTimeouts(undefined),
  }
  const documents = documentsIn(JSON.parse(objects) as readonly KubeObject[])
  const { cluster, node, request } = completeUpgrade(options, place, documents)
  return { cluster, node, request: { ...request, run: record.run, restoreSnapshot }, record }
}

function documentsIn(objects: readonly KubeObject[]): UpgradeDocuments {
  const value = (name: string, key: string) =>
    dataOf(objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name))[key]
  const kubeProxy = value('kube-proxy', 'config.conf')
  return {
    clusterConfiguration: value('kubeadm-config', 'ClusterConfiguration') ?? '',
    kubelet: value('kubelet-config', 'kubelet') ?? '',
    ...(kubeProxy === undefined ? {} : { kubeProxy }),
  }
}

function noBackup(host: HostReader): KadmError {
  return new KadmError('PREFLIGHT_FAILED', `${host.name} has no backup of an upgrade below ${upgradesDir}`, {
    hint: 'name a control plane that kadm has upgraded with --host',
  })
}

function noSnapshot(host: HostReader, { run }: FoundRecord): KadmError {
  return new KadmError('PREFLIGHT_FAILED', `the backup ${upgradesDir}/${run} on ${host.name} has no snapshot of etcd`, {
    hint: 'leave out --restore-etcd-snapshot; an external etcd is restored with its own tools',
  })
}

function worker(host: HostReader): KadmError {
  return new KadmError('PREFLIGHT_FAILED', `${host.name} is a worker: the cluster keeps its configuration`, {
    hint: 'roll the control planes back first, then run `kadm upgrade node` on the worker',
  })
}
