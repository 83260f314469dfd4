import ipaddr from 'ipaddr.js'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import { componentOf, etcdPorts, kubeletPorts } from '../../cluster/components.ts'
import { renderStaticPods } from '../../render/control-plane.ts'
import { patched } from '../../render/patches/patched.ts'
import { lastArg } from '../../render/static-pod/command.ts'
import { staticPodOf } from './static-pod.ts'

/** A port on which a component listens. */
export interface Listen {
  readonly component: string
  readonly port: number
  /** undefined: all addresses. */
  readonly address?: string
}

/** The flags of etcd that set its ports, with etcd's defaults. */
const etcdUrls: Readonly<Record<string, string>> = {
  'listen-client-urls': `http://localhost:${etcdPorts.client}`,
  'listen-client-http-urls': '',
  'listen-peer-urls': `http://localhost:${etcdPorts.peer}`,
  'listen-metrics-urls': '',
}

/** Returns where the components of a node will listen, from patched manifests and kubelet configuration. */
export function listensOf(cluster: Cluster, node: Node): readonly Listen[] {
  if (node.role === 'worker') return kubeletListens(cluster, node)
  const pods = renderStaticPods(cluster, node).flatMap(([component, pod]) =>
    staticPodListens(component, staticPodOf(pod)?.flags ?? new Map()),
  )
  return [...pods, ...kubeletListens(cluster, node)]
}

/** Returns where a static pod listens, from its flags. */
export function staticPodListens(component: string, flags: ReadonlyMap<string, string>): readonly Listen[] {
  if (component === 'etcd') {
    const urls = Object.entries(etcdUrls).flatMap(([flag, usual]) => (flags.get(flag) ?? usual).split(','))
    return urls.flatMap(url => etcdListen(url.trim()))
  }
  const port = flags.get('secure-port') ?? componentOf(component)?.ports[0]
  return port === undefined ? [] : listen(component, port, flags.get('bind-address'))
}

/** Flags take precedence over the configuration. */
export function kubeletListens({ kubelet, patches }: Cluster, { kubeletExtraArgs }: Node): readonly Listen[] {
  const tree = patched({ patches }, 'kubeletconfiguration', kubelet.tree)
  const value = (flag: string, field: string) => lastArg(kubeletExtraArgs, flag) ?? tree[field] ?? undefined
  return [
    ...listen('kubelet', value('port', 'port') || kubeletPorts.api, value('address', 'address')),
    ...listen(
      'kubelet',
      value('healthz-port', 'healthzPort') ?? kubeletPorts.health,
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
