import type { Cluster, Node } from '../../src/cluster/cluster.ts'
import type { Discovered } from '../../src/cluster/session.ts'
import type { FakeHost } from '../../src/host/fake.ts'
import { renderBootstrapKubeconfig } from '../../src/render/kubeconfig.ts'
import { makeFacts, makeNode } from '../fixtures/cluster.ts'
import { broughtFiles } from './clusters.ts'
import { makeWorld, type World } from './run-phases.ts'

export const joinToken = 'joinin.0123456789joinin'

/** The state before init, with the files that an operator copied to the control plane. */
export async function preparedWorld(cluster: Cluster): Promise<{ readonly world: World; readonly host: FakeHost }> {
  const world = makeWorld()
  const host = world.hostOf(cluster, cluster.nodes[0] as Node)
  for (const [path, content] of Object.entries(broughtFiles)) await host.writeFile({ path, content })
  return { world, host }
}

/** A host that joins as a worker. */
export function worker(name: string, address: string): Node {
  const facts = makeFacts({ hostname: name, defaultAddress: address })
  return makeNode({ name, role: 'worker', taints: [], facts })
}

/** A host that joins as a control plane. */
export function controlPlane(name: string, address: string): Node {
  return makeNode({ name, advertiseAddress: address, facts: makeFacts({ hostname: name, defaultAddress: address }) })
}

/** Returns what a joining host discovers about a cluster of init. */
export async function discover(source: FakeHost): Promise<Discovered> {
  const ca = await source.readFile('/etc/kubernetes/pki/ca.crt').then(bytes => Buffer.from(bytes ?? '').toString())
  const server = 'https://api.example.com:6443'
  const input = { clusterName: 'kubernetes', server, caPem: ca, token: joinToken }
  return { server, ca, bootstrapKubeconfig: renderBootstrapKubeconfig(input) }
}
