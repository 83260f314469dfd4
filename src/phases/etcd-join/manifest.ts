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
  const flags = (await readStaticPod(ctx.host, 'etcd'))?.flags
  const known = parseMembers(flags?.get('initial-cluster') ?? '')
  if (known.length === 0) return writeManifest(ctx, members)
  // The first member of a cluster has no peers in its flags.
  if (flags?.get('initial-cluster-state') !== 'existing') return
  await writeManifest(ctx, known)
}

/** `cp1=https://10.0.0.1:2380,cp2=https://10.0.0.2:2380` */
function parseMembers(text: string): readonly InitialMember[] {
  return text.split(',').flatMap(pair => {
    const [, name, peerUrl] = /^([^=]+)=(.+)$/.exec(pair) ?? []
    return name === undefined || peerUrl === undefined ? [] : [{ name, peerUrl }]
  })
}
