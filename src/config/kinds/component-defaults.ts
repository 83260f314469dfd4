import { posix } from 'node:path'
import { dnsAddress } from '../../cluster/cidr.ts'
import type { Json, JsonObject } from '../../cluster/json.ts'
import { paths } from '../../cluster/paths.ts'
import { releaseOf } from '../../cluster/releases.ts'
import type { ClusterConfiguration } from '../../cluster/spec.ts'
import { parseIp } from '../field/addresses.ts'
import { type FieldPath, showPath, valueAt } from '../field/field-path.ts'

export interface Defaulted {
  readonly tree: JsonObject
  readonly warnings: readonly string[]
}

interface Recommended {
  readonly path: FieldPath
  readonly value: Json
  /** False if the default is only compared with a value that is set, and not filled in. */
  readonly fill?: false
}

/** Fills in kubeadm's defaults, and warns about other values. Source: componentconfigs/kubelet.go. */
export function defaultKubelet(given: JsonObject, config: ClusterConfiguration): Defaulted {
  const { networking, certificatesDir } = config
  const rows: readonly Recommended[] = [
    { path: ['staticPodPath'], value: paths.manifestsDir },
    { path: ['clusterDNS'], value: [dnsAddress(networking.serviceSubnet)] },
    { path: ['clusterDomain'], value: networking.dnsDomain },
    { path: ['authentication', 'x509', 'clientCAFile'], value: posix.join(certificatesDir, 'ca.crt') },
    { path: ['authentication', 'anonymous', 'enabled'], value: false },
    { path: ['authorization', 'mode'], value: 'Webhook' },
    { path: ['authentication', 'webhook', 'enabled'], value: true },
    { path: ['healthzBindAddress'], value: '127.0.0.1' },
    { path: ['healthzPort'], value: 10248 },
    { path: ['readOnlyPort'], value: 0, fill: false },
  ]
  const { tree, warnings } = recommend('KubeletConfiguration', given, rows)
  const rotates =
    given.rotateCertificates === false
      ? ['"rotateCertificates" in "KubeletConfiguration" is always true; the provided value false is not used']
      : []
  return {
    tree: { ...tree, rotateCertificates: true, cgroupDriver: given.cgroupDriver || 'systemd' },
    warnings: [...warnings, ...rotates],
  }
}

/** Source: componentconfigs/kubeproxy.go. */
export function defaultKubeProxy(given: JsonObject, config: ClusterConfiguration, advertiseAddress: string): Defaulted {
  const kind = 'KubeProxyConfiguration'
  const { podSubnet } = config.networking
  const rows: readonly Recommended[] = [
    ...(podSubnet === undefined ? [] : [{ path: ['clusterCIDR'], value: podSubnet }]),
    { path: ['clientConnection', 'kubeconfig'], value: '/var/lib/kube-proxy/kubeconfig.conf' },
  ]
  const { tree, warnings } = recommend(kind, given, rows)
  const bindAddress = (given.bindAddress as string | undefined) || wildcard(advertiseAddress)
  const mode = given.mode || releaseOf(config.kubernetesVersion).kubeProxyMode
  return {
    tree: { ...tree, bindAddress, mode },
    warnings: [...warnBindAddress(kind, bindAddress), ...warnings, ...(mode === 'ipvs' ? [ipvs] : [])],
  }
}

const ipvs =
  'The "KubeProxyConfiguration" field "mode" is set to "ipvs", which is deprecated since v1.35; use "nftables", or "iptables" on older Linux kernels'

function wildcard(address: string): string {
  return parseIp(address)?.includes('.') === true ? '0.0.0.0' : '::'
}

function warnBindAddress(kind: string, address: string): readonly string[] {
  if (address === '0.0.0.0' || address === '::') return []
  if (parseIp(address) === undefined) return [`The bindAddress "${address}" in "${kind}" is not a valid IP address`]
  return [recommendation(kind, ['bindAddress'], wildcard(address), address)]
}

function recommend(kind: string, given: JsonObject, rows: readonly Recommended[]): Defaulted {
  const tree = structuredClone(given) as Record<string, unknown>
  const warnings: string[] = []
  for (const { path, value, fill } of rows) {
    const found = valueAt(given, path) as Json | undefined
    if (found === undefined || found === '') {
      if (fill !== false) assign(tree, path, value)
    } else if (show(found) !== show(value)) warnings.push(recommendation(kind, path, value, found))
  }
  return { tree: tree as JsonObject, warnings }
}

function recommendation(kind: string, path: FieldPath, value: Json, found: Json): string {
  return `The recommended value for "${showPath(path)}" in "${kind}" is: ${show(value)}; the provided value is: ${show(found)}`
}

/** Formats as Go's %v. */
function show(value: Json): string {
  return Array.isArray(value) ? `[${value.join(' ')}]` : String(value)
}

function assign(tree: Record<string, unknown>, path: FieldPath, value: unknown): void {
  const [first = '', ...rest] = path
  if (rest.length === 0) tree[first] = value
  else {
    const child = { ...((tree[first] as Record<string, unknown> | undefined) ?? {}) }
    tree[first] = child
    assign(child, rest, value)
  }
}
