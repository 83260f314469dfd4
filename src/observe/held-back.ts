import type { Cri } from '../clients/cri/cri.ts'
import { paths } from '../cluster/paths.ts'
import type { HostReader } from '../host/host.ts'

/** Static pods whose newest sandbox is older than their manifest: the kubelet has not acted on what was written. */
export async function staticPodsHeldBack(
  host: HostReader,
  cri: Pick<Cri, 'pods'>,
  nodeName: string,
  components: readonly string[],
): Promise<readonly string[]> {
  const [pods, stats] = await Promise.all([
    cri.pods(),
    Promise.all(components.map(component => host.stat(paths.manifest(component)))),
  ])
  return components.filter((component, i) => {
    const written = stats[i]?.mtime
    const made = pods.filter(pod => pod.namespace === 'kube-system' && pod.name === `${component}-${nodeName}`)
    return written !== undefined && made.length > 0 && made.every(pod => pod.createdAt < written)
  })
}
