import { hostPort } from '../../cluster/cidr.ts'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import { components, kubeletPorts, staticPodComponents } from '../../cluster/components.ts'
import { type Listen, listensOf } from '../../observe/machine/listens.ts'
import { type Check, type Finding, failure, skipped } from './check.ts'
import { clash, holderOf } from './listeners.ts'
import type { NodeFacts } from './node-facts.ts'

/** kubeadm's port checks, by the component that uses the port by default. */
const usual = new Map<number, string>([
  [kubeletPorts.api, 'kubelet'],
  ...staticPodComponents
    .filter(name => name !== 'kube-apiserver')
    .flatMap(name => components[name].ports.map(number => [number, name] as const)),
])

/** Checks a port of kubeadm's list at each address at which a component of this node will listen. */
export function port(number: number): Check {
  return {
    name: `Port-${number}`,
    run: ({ ctx: { cluster, node }, facts, earlier }) => {
      const all = listensOf(cluster, node)
      const here = all.filter(one => one.port === number)
      if (here.length === 0) return [skipped(movedAway(usual.get(number) ?? 'kube-apiserver', number, all))]
      return earlier.ports.has(number) ? [] : judgePorts(facts, here)
    },
  }
}

/** Checks ports that kubeadm does not check: of health and metrics, and those that the configuration changed. */
export function extraPorts(cluster: Cluster, node: Node): readonly Check[] {
  const own = node.role === 'worker' ? [kubeletPorts.api] : [node.bindPort, ...usual.keys()]
  const ports = [...new Set(listensOf(cluster, node).map(one => one.port))]
  return ports.filter(number => !own.includes(number)).map(port)
}

function movedAway(component: string, number: number, all: readonly Listen[]): string {
  const elsewhere = all.filter(one => one.component === component)
  const where = elsewhere.map(({ port, address = '0.0.0.0' }) => hostPort(address, port)).join(', ')
  return `${component} does not listen on port ${number}${where === '' ? '' : `, but at ${where}`}`
}

export function judgePorts(facts: PortFacts, listens: readonly Listen[]): readonly Finding[] {
  const found = [...listens.flatMap(({ port, address }) => judgePort(facts, port, address)), ...rivals(listens)]
  return found.filter(({ message }, i) => found.findIndex(other => other.message === message) === i)
}

/** Finds two components of this node with the same port. */
function rivals(listens: readonly Listen[]): readonly Finding[] {
  return listens.flatMap((one, i) =>
    listens
      .slice(i + 1)
      .filter(other => other.component !== one.component && clash(other.address ?? '::', one.address))
      .map(other =>
        failure(
          `${one.component} and ${other.component} would both listen on port ${one.port}`,
          'give one of them another port in the configuration',
        ),
      ),
  )
}

export type PortFacts = Pick<NodeFacts, 'listeners' | 'addresses' | 'settings'>

/**
 * Returns what would prevent listening on the port. kubeadm tries to listen, and also reports "in use" for an address
 * that does not exist.
 */
export function judgePort(facts: PortFacts, number: number, address?: string): readonly Finding[] {
  const holder = holderOf(facts.listeners, number, address)
  if (holder !== undefined) {
    const remedy = `stop the process that uses it: \`ss -ltnp 'sport = :${number}'\`. \`kadm reset\` stops an earlier cluster`
    return [failure(`Port ${number} is in use`, remedy)]
  }
  if (address === undefined || owns(facts, address)) return []
  const remedy = `use an address of this host: ${facts.addresses.join(', ')}`
  return [failure(`Port ${number} cannot be used at ${address}: no interface has this address`, remedy)]
}

function owns(facts: PortFacts, address: string): boolean {
  const nonlocal = facts.settings.get('/proc/sys/net/ipv4/ip_nonlocal_bind') === '1'
  const everywhere = address === '0.0.0.0' || address === '::' || /^127\./.test(address)
  // An empty list means that the host could not be queried, not that it has no addresses.
  return nonlocal || everywhere || facts.addresses.length === 0 || facts.addresses.includes(address)
}
