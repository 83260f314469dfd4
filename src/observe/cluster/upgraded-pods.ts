import { isDeepStrictEqual } from 'node:util'
import semver from 'semver'
import type { Cluster, ControlPlaneNode } from '../../cluster/cluster.ts'
import { kubernetesComponents, type StaticPodComponent } from '../../cluster/components.ts'
import { etcdImage } from '../../cluster/images.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { paths } from '../../cluster/paths.ts'
import type { UpgradeRequest } from '../../cluster/request.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { renderEtcd } from '../../render/etcd.ts'
import { renderKubeApiserver } from '../../render/kube-apiserver.ts'
import { renderKubeControllerManager } from '../../render/kube-controller-manager.ts'
import { renderKubeScheduler } from '../../render/kube-scheduler.ts'
import { isTextFault, readYaml } from '../../yaml/read.ts'
import { toYaml } from '../../yaml/write.ts'
import { initialMembersOf } from '../etcd/initial-members.ts'
import { readText } from '../machine/read-text.ts'
import { parseStaticPod } from '../machine/static-pod.ts'
import { isExternalCa } from '../pki/external-ca.ts'

/** A static pod of a control plane before and after an upgrade. */
export interface UpgradedPod {
  readonly component: StaticPodComponent
  readonly path: string
  readonly before: string
  /** The same text as `before` if both are the same pod: the kubelet has nothing to restart. */
  readonly after: string
}

export interface UpgradingNode {
  readonly cluster: Cluster
  readonly node: ControlPlaneNode
  readonly request: Pick<UpgradeRequest, 'etcdUpgrade'>
}

/**
 * Returns the static pods of a control plane as an upgrade leaves them, in the order in which it replaces them: etcd
 * first. etcd is not among them if it is external, if it is not to be upgraded, or if it is newer than the target's.
 * Throws PREFLIGHT_FAILED if a manifest is missing.
 */
export async function upgradedPods(host: HostReader, target: UpgradingNode): Promise<readonly UpgradedPod[]> {
  const { cluster, node } = target
  const externalCa = await isExternalCa(host, cluster.config.certificatesDir)
  const pods: Readonly<Record<(typeof kubernetesComponents)[number], KubeObject>> = {
    'kube-apiserver': renderKubeApiserver(cluster, node),
    'kube-controller-manager': renderKubeControllerManager(cluster, node, { externalCa }),
    'kube-scheduler': renderKubeScheduler(cluster, node),
  }
  const others = kubernetesComponents.map(async component => {
    return change(component, await readManifest(host, component), pods[component])
  })
  const etcd = await upgradedEtcd(host, target)
  return [...(etcd === undefined ? [] : [etcd]), ...(await Promise.all(others))]
}

/**
 * The list of peers stays as it was at the join: etcd reads it only at its first start, and a change would restart it
 * without need. kubeadm removes it.
 */
async function upgradedEtcd(host: HostReader, target: UpgradingNode): Promise<UpgradedPod | undefined> {
  const { cluster, node, request } = target
  if (cluster.config.etcd.local === undefined || !request.etcdUpgrade) return undefined
  const text = await readManifest(host, 'etcd')
  const found = parseStaticPod(text)
  if (isNewerEtcd(found?.tag ?? '', cluster)) return undefined
  return change('etcd', text, renderEtcd(cluster, node, { initialCluster: initialMembersOf(found) }))
}

/** True if the running etcd is newer than the one that the target version deploys: etcd is never downgraded. */
function isNewerEtcd(tag: string, { config }: Pick<Cluster, 'config'>): boolean {
  const wanted = semver.parse(etcdImage(config).replace(/^.*:/, ''))
  const running = semver.parse(tag)
  return wanted !== null && running !== null && semver.gt(running, wanted)
}

function change(component: StaticPodComponent, before: string, pod: KubeObject): UpgradedPod {
  const after = toYaml(pod)
  const [old, now] = [readYaml(before), readYaml(after)]
  const same = !isTextFault(old) && !isTextFault(now) && isDeepStrictEqual(old.value, now.value)
  return { component, path: paths.manifest(component), before, after: same ? before : after }
}

async function readManifest(host: HostReader, component: StaticPodComponent): Promise<string> {
  const path = paths.manifest(component)
  const text = await readText(host, path)
  if (text !== undefined) return text
  const hint = 'restore it from /etc/kubernetes/tmp/kubeadm-backup-manifests-*, or run this on a control plane'
  throw new KadmError('PREFLIGHT_FAILED', `the manifest file ${path} does not exist on ${host.name}`, { hint })
}
