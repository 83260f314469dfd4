import type { Cluster, Node } from '../cluster/cluster.ts'
import type { Taint } from '../cluster/spec.ts'
import { toYaml } from '../yaml/write.ts'
import { goQuote } from './go-quote.ts'
import { patched } from './patches/patched.ts'
import { lastArg, renderArgs } from './static-pod/command.ts'

const systemdResolvConf = '/run/systemd/resolve/resolv.conf'

/**
 * config.yaml: the cluster's KubeletConfiguration with what is this host's own, its runtime's socket and its DNS.
 * A resolvConf that was configured stays; patches may change all but the socket.
 */
export function renderKubeletConfig({ kubelet: { tree }, patches }: Cluster, node: Node): string {
  const resolvConf = tree.resolvConf ?? (node.facts.systemdResolved ? systemdResolvConf : undefined)
  const own = patched({ patches }, 'kubeletconfiguration', { ...tree, resolvConf })
  return toYaml({ ...own, containerRuntimeEndpoint: node.criSocket })
}

/** instance-config.yaml: what of the kubelet's configuration is this node's alone. */
export function renderInstanceConfig(node: Node): string {
  return `containerRuntimeEndpoint: ${goQuote(node.criSocket)}\n`
}

/** kubeadm-flags.env: flags that the kubelet's unit adds to its command line. Only workers register with taints. */
export function renderKubeletEnv(node: Node): string {
  const name = overrideOf(node) ?? node.name
  const taints = node.role === 'worker' ? (node.taints ?? []) : []
  const defaults = {
    ...(name === node.facts.hostname.trim().toLowerCase() ? {} : { 'hostname-override': name }),
    ...(taints.length === 0 ? {} : { 'register-with-taints': taints.map(taintText).join(',') }),
  }
  return `KUBELET_KUBEADM_ARGS=${goQuote(renderArgs(defaults, node.kubeletExtraArgs).join(' '))}\n`
}

/** The name under which the kubelet registers its Node. */
export function registeredName(node: Pick<Node, 'name' | 'kubeletExtraArgs'>): string {
  return (overrideOf(node) ?? node.name).trim().toLowerCase()
}

function overrideOf({ kubeletExtraArgs }: Pick<Node, 'kubeletExtraArgs'>): string | undefined {
  return lastArg(kubeletExtraArgs, 'hostname-override')
}

/** `key=value:effect`, as the kubelet's flag reads it. */
function taintText({ key, value = '', effect }: Taint): string {
  if (effect === '') return value === '' ? key : `${key}=${value}:`
  return value === '' ? `${key}:${effect}` : `${key}=${value}:${effect}`
}
