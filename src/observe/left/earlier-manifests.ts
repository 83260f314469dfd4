import semver from 'semver'
import type { Cluster, ControlPlaneNode } from '../../cluster/cluster.ts'
import type { StaticPodComponent } from '../../cluster/components.ts'
import { paths } from '../../cluster/paths.ts'
import { renderStaticPods } from '../../render/control-plane.ts'
import { staticPodListens } from '../machine/listens.ts'
import { parseStaticPod, staticPodOf } from '../machine/static-pod.ts'
import type { EarlierRun } from './earlier.ts'

/** The flags of a component that identify its node and its cluster. */
const nodeFlags: Readonly<Partial<Record<StaticPodComponent, readonly string[]>>> = {
  'kube-apiserver': ['advertise-address', 'client-ca-file'],
  etcd: ['name', 'data-dir'],
}

/** The content of a manifest of this cluster on this node. */
interface Expected {
  readonly component: string
  readonly tag: string
  readonly flags: Readonly<Record<string, string>>
  /** True if its flags identify the node, and so the other manifests. */
  readonly named: boolean
}

/**
 * Judges static pods by the version and the node of this run. The scheduler and controller manager do not identify a
 * node: they count if the API server, etcd or the kubelet does, and none of them contradicts.
 */
export function judgeManifests(
  texts: ReadonlyMap<string, string>,
  cluster: Cluster,
  node: ControlPlaneNode,
  kubeletOurs: boolean,
): EarlierRun {
  const found = expected(cluster, node).flatMap(row => {
    const text = texts.get(paths.manifest(row.component))
    if (text === undefined) return []
    const held = staticPodListens(row.component, parseStaticPod(text)?.flags ?? new Map())
    return [{ row, fault: faultOf(text, row), ports: held.map(({ port }) => port) }]
  })
  const doubts = found.flatMap(({ row, fault }) => (fault ? [`${paths.manifest(row.component)} ${fault}`] : []))
  const named = found.filter(({ row }) => row.named)
  const known = named.every(({ fault }) => fault === undefined) && (named.length > 0 || kubeletOurs)
  const ours = known ? found.filter(({ fault }) => fault === undefined) : []
  const dataDir = ours.some(({ row }) => row.component === 'etcd') ? cluster.config.etcd.local?.dataDir : undefined
  return {
    paths: new Set([
      ...ours.map(({ row }) => paths.manifest(row.component)),
      ...(dataDir === undefined ? [] : [dataDir]),
    ]),
    ports: new Set(ours.flatMap(({ ports }) => ports)),
    doubts: found.length > 0 && !known && doubts.length === 0 ? ['no file there names this node'] : doubts,
  }
}

/** Returns the manifests as this run would write them, with patches and extra arguments. */
function expected(cluster: Cluster, node: ControlPlaneNode): readonly Expected[] {
  return renderStaticPods(cluster, node).map(([component, pod]) => {
    const wanted = staticPodOf(pod)
    const names = nodeFlags[component] ?? []
    const flags = Object.fromEntries(names.map(name => [name, wanted?.flags.get(name) ?? '']))
    return { component, tag: wanted?.tag ?? '', flags, named: names.length > 0 }
  })
}

function faultOf(text: string, row: Expected): string | undefined {
  const pod = parseStaticPod(text)
  if (pod === undefined) return 'is not a static pod'
  if (!tagFits(pod.tag, row)) return `has version ${pod.tag}, not ${row.tag}`
  const wrong = Object.entries(row.flags).find(([flag, value]) => pod.flags.get(flag) !== value)
  return wrong === undefined ? undefined : `has --${wrong[0]}=${pod.flags.get(wrong[0]) ?? ''}, not ${wrong[1]}`
}

/**
 * A Kubernetes component must have this version. For etcd only a newer image is rejected, because an older etcd cannot
 * read its data: an older image may have been configured and never pulled.
 */
function tagFits(found: string, { component, tag }: Expected): boolean {
  if (component !== 'etcd' || found === tag) return found === tag
  const [older, newer] = [semver.coerce(tag), semver.coerce(found)]
  return older === null || newer === null || semver.lte(newer, older)
}
