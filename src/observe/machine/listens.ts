import ipaddr from 'ipaddr.js'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { renderEtcd } from '../../render/etcd.ts'
import { renderKubeApiserver } from '../../render/kube-apiserver.ts'
import { renderKubeControllerManager } from '../../render/kube-controller-manager.ts'
import { renderKubeScheduler } from '../../render/kube-scheduler.ts'
import { patched } from '../../render/patches/patched.ts'
import { lastArg } from '../../render/static-pod/command.ts'
import { staticPodOf } from './static-pod.ts'

/** A port that a component listens on. */
export interface Listen {
  readonly component: string
  readonly port: number
  /** undefined: at all addresses. */
  readonly address?: string
}

/** Ports of a component with the flag that moves them, as the component itself defaults it; port 0 is none. */
const securePorts: Readonly<Record<string, number>> = {
  'kube-apiserver': 6443,
  'kube-controller-manager': 10257,
  'kube-scheduler': 10259,
}
const etcdUrls: Readonly<Record<string, string>> = {
  'listen-client-urls': 'http://localhost:2379',
  'listen-client-http-urls': '',
  'listen-peer-urls': 'http://localhost:2380',
  'listen-metrics-urls': '',
}

/** Where the components of a node will listen, by their manifests and the kubelet's configuration, patches included. */
export function listensOf(cluster: Cluster, node: Node): readonly Listen[] {
  if (node.role === 'worker') return kubeletListens(cluster, node)
  const of = (component: string, pod: KubeObject) => staticPodListens(component, staticPodOf(pod)?.flags ?? new Map())
  return [
    ...of('kube-apiserver', renderKubeApiserver(cluster, node)),
    ...of('kube-scheduler', renderKubeScheduler(cluster, node)),
    ...of('kube-controller-manager', renderKubeControllerManager(cluster, node)),
    ...(cluster.config.etcd.local === undefined ? [] : of('etcd', renderEtcd(cluster, node))),
    ...kubeletListens(cluster, node),
  ]
}

/** By the flags of a static pod. */
export function staticPodListens(component: string, flags: ReadonlyMap<string, string>): readonly Listen[] {
  if (component === 'etcd') {
    const urls = Object.entries(etcdUrls).flatMap(([flag, usual]) => (flags.get(flag) ?? usual).split(','))
    return urls.flatMap(url => etcdListen(url.trim()))
  }
  const port = flags.get('secure-port') ?? securePorts[component]
  return port === undefined ? [] : listen(component, port, flags.get('bind-address'))
}

/** Flags win over the configuration. */
export function kubeletListens({ kubelet, patches }: Cluster, { kubeletExtraArgs }: Node): readonly Listen[] {
  const tree = patched({ patches }, 'kubeletconfiguration', kubelet.tree)
  const value = (flag: string, field: string) => lastArg(kubeletExtraArgs, flag) ?? tree[field] ?? undefined
  return [
    ...listen('kubelet', value('port', 'port') || 10250, value('address', 'address')),
    ...listen(
      'kubelet',
      value('healthz-port', 'healthzPort') ?? 10248,
      value('healthz-bind-address', 'healthzBindAddress') || '127.0.0.1',
    ),
    ...listen('kubelet', value('read-only-port', 'readOnlyPort') ?? 0, value('address', 'address')),
  ]
}

function etcdListen(url: string): readonly Listen[] {
  if (!/^https?:/.test(url) || !URL.canParse(url)) return []
  const { hostname, port, protocol } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  return listen('etcd', port || (protocol === 'https:' ? 443 : 80), host === 'localhost' ? '127.0.0.1' : host)
}

function listen(component: string, port: unknown, address: unknown): readonly Listen[] {
  const number = Number(port)
  if (!Number.isInteger(number) || number <= 0 || number > 65_535) return []
  const known = typeof address === 'string' && ipaddr.isValid(address) ? { address } : {}
  return [{ component, port: number, ...known }]
}
