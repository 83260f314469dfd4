import { isIPv6 } from 'node:net'
import type { LabNode } from './node.ts'

/** What gets a pod network: a node of the lab, or a virtual machine. */
export type PodNode = Pick<LabNode, 'name' | 'address' | 'address6' | 'writeFile'> & {
  run(command: string | readonly string[]): Promise<{ stdout: string }>
}

interface NodeList {
  items: { metadata: { name: string }; spec: { podCIDR?: string; podCIDRs?: string[] } }[]
}

/**
 * Creates the pod network of a cluster: on every node a bridge with addresses from the node's pod range, and routes to
 * the other nodes' ranges. All nodes then become Ready. Call it again after nodes have joined. Packets of pods that
 * leave the lab are rejected at once: packets to a Service before kube-proxy's rules exist would otherwise be lost, and
 * CoreDNS, which starts at the same moment, would wait 30 s for the API server. @param controlPlane a node with
 * /etc/kubernetes/admin.conf.
 * @throws Error if the cluster assigns no pod ranges (networking.podSubnet is missing).
 */
export async function connectPods(controlPlane: PodNode, nodes: readonly PodNode[]): Promise<void> {
  const get = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', 'get', 'nodes', '-o', 'json']
  const members = await withRanges(controlPlane, get, nodes)
  await Promise.all(
    members.map(async ({ node, ranges }) => {
      await node.writeFile('/etc/cni/net.d/10-lab.conflist', conflist(ranges))
      const others = members.filter(other => other.node !== node)
      const routes = others.flatMap(other =>
        other.ranges.map(range => {
          const [family, via] = isIPv6(range.split('/')[0] ?? '')
            ? ['-6', other.node.address6]
            : ['-4', other.node.address]
          return `ip ${family} route replace ${range} via ${via}`
        }),
      )
      await node.run(['sh', '-ec', [...routes, noWayOut].join('\n')])
    }),
  )
}

/** For pods, the node's default routes do not count. */
const noWayOut = `
for family in -4 -6; do
  ip $family rule show | grep -q 'iif cni0' && continue
  ip $family rule add pref 100 iif cni0 lookup main suppress_prefixlength 0
  ip $family rule add pref 101 iif cni0 unreachable
done`

/** Waits, for the controller manager needs a moment, until each of the cluster's nodes has its pod ranges. */
async function withRanges(controlPlane: PodNode, get: string[], nodes: readonly PodNode[]) {
  const end = Date.now() + 30_000
  for (;;) {
    const list = JSON.parse((await controlPlane.run(get)).stdout) as NodeList
    const members = list.items.flatMap(({ metadata, spec }) => {
      const node = nodes.find(one => one.name === metadata.name)
      return node ? [{ node, ranges: spec.podCIDRs ?? (spec.podCIDR ? [spec.podCIDR] : []) }] : []
    })
    const waiting = members.filter(({ ranges }) => ranges.length === 0).map(({ node }) => node.name)
    if (members.length > 0 && waiting.length === 0) return members
    if (Date.now() > end)
      throw new Error(`no pod range for ${waiting.join(', ') || 'any node'}: is networking.podSubnet set?`)
    await new Promise(resolve => setTimeout(resolve, 300))
  }
}

function conflist(ranges: readonly string[]): string {
  const routes = ranges.map(range => ({ dst: isIPv6(range.split('/')[0] ?? '') ? '::/0' : '0.0.0.0/0' }))
  const bridge = {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    ipMasq: true,
    hairpinMode: true,
    ipam: { type: 'host-local', ranges: ranges.map(subnet => [{ subnet }]), routes },
  }
  const portmap = { type: 'portmap', capabilities: { portMappings: true } }
  return JSON.stringify({ cniVersion: '1.0.0', name: 'lab', plugins: [bridge, portmap] }, null, 2)
}
