import semver from 'semver'
import type { Cluster, Node } from '../cluster/cluster.ts'
import { etcdImage, type KubeComponent, kubeImage } from '../cluster/images.ts'
import { paths } from '../cluster/paths.ts'
import { lastArg } from '../render/static-pod/command.ts'
import type { EarlierRun } from './earlier.ts'
import { parseStaticPod, tagOf } from './static-pod.ts'

/** What a manifest of this cluster on this node says. */
interface Expected {
  readonly component: string
  readonly tag: string
  readonly flags: Readonly<Record<string, string>>
  readonly ports: readonly number[]
  /** Its flags name the node, so that it tells whose the others are. */
  readonly named: boolean
}

/**
 * Static pods that are of this version and this node. The scheduler and controller manager name no node: they count
 * when the API server, etcd or the kubelet does, and none of them contradicts.
 */
export function judgeManifests(
  texts: ReadonlyMap<string, string>,
  cluster: Cluster,
  node: Node,
  kubeletOurs: boolean,
): EarlierRun {
  const found = expected(cluster, node).flatMap(row => {
    const text = texts.get(paths.manifest(row.component))
    return text === undefined ? [] : [{ row, fault: faultOf(text, row) }]
  })
  const doubts = found.flatMap(({ row, fault }) => (fault ? [`${paths.manifest(row.component)} ${fault}`] : []))
  const named = found.filter(({ row }) => row.named)
  const known = named.every(({ fault }) => fault === undefined) && (named.length > 0 || kubeletOurs)
  const ours = known ? found.filter(({ fault }) => fault === undefined).map(({ row }) => row) : []
  const dataDir = ours.some(row => row.component === 'etcd') ? cluster.config.etcd.local?.dataDir : undefined
  return {
    paths: new Set([...ours.map(row => paths.manifest(row.component)), ...(dataDir === undefined ? [] : [dataDir])]),
    ports: new Set(ours.flatMap(row => row.ports)),
    doubts: found.length > 0 && !known && doubts.length === 0 ? ['nothing there names this node'] : doubts,
  }
}

function expected({ config }: Cluster, node: Node): readonly Expected[] {
  const kube = (component: KubeComponent, port: number): Expected => ({
    component,
    tag: tagOf(kubeImage(config, component)),
    flags: {},
    ports: [port],
    named: false,
  })
  const address = lastArg(config.apiServer.extraArgs, 'advertise-address') ?? node.advertiseAddress
  const apiServer = {
    'advertise-address': address,
    'client-ca-file': lastArg(config.apiServer.extraArgs, 'client-ca-file') ?? `${config.certificatesDir}/ca.crt`,
  }
  const local = config.etcd.local
  const etcd = {
    name: lastArg(local?.extraArgs, 'name') ?? node.name,
    'data-dir': lastArg(local?.extraArgs, 'data-dir') ?? local?.dataDir ?? '',
  }
  return [
    { ...kube('kube-apiserver', node.bindPort), flags: apiServer, named: true },
    kube('kube-controller-manager', 10257),
    kube('kube-scheduler', 10259),
    ...(local === undefined
      ? []
      : [{ component: 'etcd', tag: tagOf(etcdImage(config)), flags: etcd, ports: [2379, 2380], named: true }]),
  ]
}

function faultOf(text: string, row: Expected): string | undefined {
  const pod = parseStaticPod(text)
  if (pod === undefined) return 'is no static pod'
  if (!tagFits(pod.tag, row)) return `has version ${pod.tag}, not ${row.tag}`
  const wrong = Object.entries(row.flags).find(([flag, value]) => pod.flags.get(flag) !== value)
  return wrong === undefined ? undefined : `has --${wrong[0]}=${pod.flags.get(wrong[0]) ?? ''}, not ${wrong[1]}`
}

/**
 * A Kubernetes component must be of this version. etcd may have been told another image that never came: only a newer
 * one is refused, since its data would meet an older etcd.
 */
function tagFits(found: string, { component, tag }: Expected): boolean {
  if (component !== 'etcd' || found === tag) return found === tag
  const [older, newer] = [semver.coerce(tag), semver.coerce(found)]
  return older === null || newer === null || semver.lte(newer, older)
}
