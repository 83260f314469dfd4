import type { Cluster, Node } from '../../cluster/cluster.ts'
import { lastFlag } from '../../observe/machine/kubelet-unit.ts'
import { patched } from '../../render/patches/patched.ts'
import { type Check, type Finding, failure, warning } from './check.ts'
import type { NodeFacts } from './node-facts.ts'

/** Fails for swap with which the kubelet of this node would not start. Its configuration decides. */
export const swap: Check = {
  name: 'Swap',
  run: ({ ctx: { cluster, node, session }, facts }) => {
    const said = kubeletSwap(cluster, node, facts.kubeletUnit)
    // A worker that is checked alone may join a cluster with another configuration.
    const guessed = node.role === 'worker' && session.discovered === undefined && cluster.kubelet.generated
    return judgeSwap(facts, guessed ? { ...said, failSwapOn: said.failSwapOn && 'unknown' } : said)
  },
}

export interface KubeletSwap {
  /** `unknown`: a configuration that kadm does not read may set it. */
  readonly failSwapOn: boolean | 'unknown'
  readonly swapBehavior: string
}

const docs = 'https://kubernetes.io/docs/concepts/architecture/nodes/#swap-memory'
/** kubeadm's text. */
const general = `swap is supported for cgroup v2 only. The kubelet must be properly configured to use swap. Please refer to ${docs}, or disable swap on the node`

export function judgeSwap(
  { swapDevices, cgroups }: Pick<NodeFacts, 'swapDevices' | 'cgroups'>,
  { failSwapOn, swapBehavior }: KubeletSwap,
): readonly Finding[] {
  if (cgroups.version === 1 && swapBehavior === 'LimitedSwap') {
    const remedy = 'boot the host with cgroup v2, or set memorySwap.swapBehavior: NoSwap'
    return [failure('the kubelet does not start with swapBehavior LimitedSwap under cgroup v1', remedy)]
  }
  if (swapDevices === 0) return []
  if (failSwapOn !== true) return [warning(general)]
  return [
    failure(
      'swap is on, and the kubelet does not start with it: its failSwapOn is true',
      'disable swap (`swapoff -a`, and remove it from /etc/fstab), or set failSwapOn: false in the KubeletConfiguration of the cluster',
    ),
  ]
}

/** Returns the setting as the kubelet will read it: flags of its unit and of kadm before the patched configuration. */
export function kubeletSwap({ kubelet, patches }: Cluster, node: Node, unit: NodeFacts['kubeletUnit']): KubeletSwap {
  const tree = patched({ patches }, 'kubeletconfiguration', kubelet.tree)
  const ours = node.kubeletExtraArgs.map(({ name, value }) => `--${name}=${value}`)
  const words = unit?.words(ours) ?? ours
  const flag = parseBool(lastFlag(words, 'fail-swap-on'))
  const further = lastFlag(words, 'config-dir') !== undefined
  const memory = tree.memorySwap as { readonly swapBehavior?: unknown } | null | undefined
  return {
    failSwapOn: flag ?? (further ? 'unknown' : tree.failSwapOn !== false),
    swapBehavior: typeof memory?.swapBehavior === 'string' ? memory.swapBehavior : '',
  }
}

/** As in Go, a flag without a value is true. */
function parseBool(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined
  if (['', '1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text) ? false : undefined
}
