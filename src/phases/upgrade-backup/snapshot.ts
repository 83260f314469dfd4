import { etcdClientUrl } from '../../render/etcd.ts'
import type { ControlPlaneContext } from '../phase.ts'

/** Saves a snapshot of this node's member of etcd, for root alone. Returns its size. */
export async function saveSnapshot(
  { host, node, etcd, report }: Pick<ControlPlaneContext, 'host' | 'node' | 'etcd' | 'report'>,
  path: string,
): Promise<number> {
  const members = await etcd()
  const source = await members.snapshot(etcdClientUrl(node.advertiseAddress))
  const { size } = await host.writeStream({ path, mode: 0o600, source })
  report({ kind: 'progress', text: `the snapshot of etcd is in ${path}` })
  return size
}
