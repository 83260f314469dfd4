import type { MachineFacts } from '../../cluster/cluster.ts'
import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { readFacts } from '../machine/facts.ts'
import { type LeftNode, readLeftNode } from './left-node.ts'

/** A host with what init or join left on it. */
export interface NodePlace extends LeftNode {
  readonly facts: MachineFacts
}

export async function readNodePlace(
  host: HostReader,
  certificatesDir: string = paths.defaultCertificatesDir,
): Promise<NodePlace> {
  const [facts, left] = await Promise.all([readFacts(host), readLeftNode(host, certificatesDir)])
  return { ...left, facts }
}
