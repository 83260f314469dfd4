import type { Cluster, Node } from '../cluster/cluster.ts'
import type { Taint } from '../cluster/spec.ts'
import { toYaml } from '../yaml/write.ts'
import { goQuote } from './go-quote.ts'
import { patched } from './patches/patched.ts'
import { lastArg, renderArgs } from './static-pod/command.ts'

const systemdResolvConf = '/run/systemd/resolve/resolv.conf'

/**
 * Renders config.yaml: the cluster's KubeletConfiguration with the socket and DNS of this host. A configured resolvConf
 * is kept. Patches can change everything except the socket.
 */
export function renderKubeletConfig({ kubelet: { tree }, patches }: Cluster, node: Node): string {
  const resolvConf = tree.resolvConf ?? (node.facts.systemdResolved ? systemdResolvConf : undefined)
  const own = patched({ patches }, 'kubeletconfiguration', { ...tree, resolvConf })
  return toYaml({ ...own, containerRuntimeEndpoint: node.criSocket })
}

/** Renders instance-config.yaml: the part of the kubelet's configuration that is specific to this node. */
export function renderInstanceConfig(node: Node): string {
  return `containerRuntimeEndpoint: ${goQuote(node.criSocket)}\n`
}

/**
 * Renders kubeadm-flags.env: flags that the kubelet's unit adds to its command line. Only workers register with taints.
 */
export function renderKubeletEnv(node: Node): string {
  const name = overrideOf(node) ?? node.name
  const taints = node.role === 'worker' ? (node.taints ?? []) : []
  const defaults = {
    ...(name === node.facts.hostname.trim().toLowerCase() ? {} : { 'hostname-override': name }),
    ...(taints.length === 0 ? {} : { 'register-with-taints': taints.map(taintText).join(',') }),
  }
  return `KUBELET_KUBEADM_ARGS=${goQuote(renderArgs(defaults, node.kubeletExtraArgs).join(' '))}\n`
}

/** Returns the name under which the kubelet registers its Node. */
export function registeredName(node: Pick<Node, 'name' | 'kubeletExtraArgs'>): string {
  return (overrideOf(node) ?? node.name).trim().toLowerCase()
}

function overrideOf({ kubeletExtraArgs }: Pick<Node, 'kubeletExtraArgs'>): string | undefined {
  return lastArg(kubeletExtraArgs, 'hostname-override')
}

/** Returns `key=value:effect`, the format of the kubelet's flag. */
function taintText({ key, value = '', effect }: Taint): string {
  if (effect === '') return value === '' ? key : `${key}=${value}:`
  return value === '' ? `${key}:${effect}` : `${key}=${value}:${effect}`
}
