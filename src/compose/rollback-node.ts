import { minorOf } from '../cluster/releases.ts'
import { dataOf, type KubeObject } from '../cluster/kube-object.ts'
import type { RollbackRequest } from '../cluster/request.ts'
import { recordPath, upgradesDir } from '../cluster/upgrade-record.ts'
import { completeUpgrade, type UpgradeDocuments } from '../config/complete-upgrade.ts'
import { defaultTimeouts } from '../config/kinds/timeouts.ts'
import { isAnswer, isTransportFailure, KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { listClusterNodes } from '../observe/cluster/nodes.ts'
import { readNodePlace } from '../observe/left/node-place.ts'
import { type FoundRecord, readUpgradeRecords } from '../observe/left/upgrade-records.ts'
import { readKubeletVersion } from '../observe/machine/kubelet-version.ts'
import { readStaticPod } from '../observe/machine/static-pod.ts'
import { readText } from '../observe/machine/read-text.ts'
import type { Target } from '../phases/phase.ts'
import { openApi } from './api.ts'

/** A control plane to roll back, and the newest backup, which is restored unless the node was rolled back already. */
export interface RollbackNode extends Target<RollbackRequest> {
  readonly record: FoundRecord
}

export interface RollbackInput {
  readonly kubeconfig: string
  readonly restoreSnapshot: boolean
}

/**
 * Reads a host and its newest backup. Asks no API server: it may be what does not start. Throws PREFLIGHT_FAILED without
 * a backup, if the control plane has another version than before and after that upgrade, and without the snapshot of etcd
 * that is to be restored.
 */
export async function findRollbackNode(
  host: HostReader,
  { kubeconfig, restoreSnapshot }: RollbackInput,
): Promise<RollbackNode> {
  const [place, [record], apiserver] = await Promise.all([
    readNodePlace(host),
    readUpgradeRecords(host),
    readStaticPod(host, 'kube-apiserver'),
  ])
  if (record === undefined) throw noBackup(host)
  if (apiserver !== undefined) requireUpgraded(host, record, apiserver.tag)
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
  const restoresConfig = cluster.config.kubernetesVersion !== record.to || record.from === record.to
  return { cluster, node, request: { ...request, run: record.run, restoreSnapshot, restoresConfig }, record }
}

/** An older backup is never restored: the versions of the control planes would be too far apart. */
function requireUpgraded(host: HostReader, record: FoundRecord, running: string): void {
  const possible = record.state === 'rolled back' ? [record.from] : [record.from, record.to]
  if (possible.some(version => sameMinor(version, running))) return
  const message = `the newest backup on ${host.name} is that of an upgrade from ${record.from} to ${record.to}, and its control plane has ${running}`
  throw new KadmError('PREFLIGHT_FAILED', message, {
    hint: `another upgrade came after it; what it replaced is in ${upgradesDir}/${record.run}`,
  })
}

function sameMinor(a: string, b: string): boolean {
  const [one, other] = [minorOf(a), minorOf(b)]
  return one === undefined || other === undefined || one === other
}

/** Returns the versions of kubelets by node: of all nodes if the API server answers, else of the hosts. */
export async function readKubelets(
  hosts: readonly HostReader[],
  kubeconfig: string,
): Promise<ReadonlyMap<string, string>> {
  const [first] = hosts
  if (first === undefined) return new Map()
  try {
    const { kube } = await openApi(first, kubeconfig, { timeoutMs: 3000 })
    const members = await listClusterNodes(kube).finally(() => kube.close())
    return new Map(members.flatMap(({ name, kubeletVersion = '' }) => [[name, kubeletVersion]]))
  } catch (error) {
    if (!isAnswer(error) && !isTransportFailure(error)) throw error
    const found = await Promise.all(hosts.map(async host => [host.name, await readKubeletVersion(host)] as const))
    return new Map(found.flatMap(([name, version]) => (version === undefined ? [] : [[name, version]])))
  }
}

/** Returns a warning about kubelets that will be newer than the API servers. Source: the version skew policy. */
export function newerKubelets(
  targets: readonly RollbackNode[],
  kubelets: ReadonlyMap<string, string>,
): readonly string[] {
  const minors = targets.flatMap(({ record: { from } }) => minorOf(from) ?? [])
  if (minors.length === 0) return []
  const lowest = Math.min(...minors)
  const newer = [...kubelets].filter(([, version]) => (minorOf(version) ?? 0) > lowest)
  if (newer.length === 0) return []
  const list = newer.map(([name, version]) => `${name} (${version})`).join(', ')
  return [
    `a rollback leaves kubelets, and these will be newer than the API servers, which Kubernetes does not support: ${list}; install kubelets of v1.${lowest} there, or upgrade again`,
  ]
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
