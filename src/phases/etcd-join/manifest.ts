import { initialMembersOf, membersIn } from '../../observe/etcd/initial-members.ts'
import { readStaticPod } from '../../observe/machine/static-pod.ts'
import { ensureStaticPod } from '../../ops/ensure-static-pod.ts'
import { type InitialMember, renderEtcd } from '../../render/etcd.ts'
import type { ControlPlaneContext } from '../phase.ts'

/** Writes the static pod of a member that joins `members`. */
export async function writeManifest(
  { cluster, node, host }: ControlPlaneContext,
  members: readonly InitialMember[],
): Promise<void> {
  await ensureStaticPod(host, 'etcd', renderEtcd(cluster, node, { initialCluster: members }))
}

/**
 * Keeps the static pod of a started member up to date. The list of peers stays as it was at the join: etcd reads it
 * only at its first start, and a change would restart it without need.
 */
export async function keepManifest(ctx: ControlPlaneContext, members: readonly InitialMember[]): Promise<void> {
  const etcd = await readStaticPod(ctx.host, 'etcd')
  if (membersIn(etcd).length === 0) return writeManifest(ctx, members)
  const known = initialMembersOf(etcd)
  // The first member of a cluster has no peers in its flags.
  if (known.length > 0) await writeManifest(ctx, known)
}
