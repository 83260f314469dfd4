import type { Cri } from '../clients/cri/cri.ts'
import { paths } from '../cluster/paths.ts'
import type { HostReader } from '../host/host.ts'
import { readClock } from './clock.ts'
import { staticPodName } from './kubelet-journal.ts'

/** A kubelet looks through its manifests every 20 s, should it have missed the notice of a change. */
const noticedWithinMs = 30_000

/** How far a file's time and the reading of the clock may be apart. */
const soonMs = 1000

interface Held {
  readonly component: string
  /** By the machine's clock. */
  readonly written: Date
}

/** Static pods whose newest sandbox is older than their manifest: the kubelet has not acted on what was written. */
export async function staticPodsHeldBack(
  host: HostReader,
  cri: Pick<Cri, 'pods'>,
  nodeName: string,
  components: readonly string[],
): Promise<readonly string[]> {
  return (await findHeld(host, cri, nodeName, components)).map(({ component }) => component)
}

/**
 * False while the kubelet may yet replace a static pod whose manifest has changed: until then it is the earlier one that
 * answers. A manifest that says the same in other words never gets a new pod, so in the end the old one is taken for it.
 */
export async function manifestsTakenUp(
  host: HostReader,
  cri: Pick<Cri, 'pods'>,
  nodeName: string,
  components: readonly string[],
): Promise<boolean> {
  const held = await findHeld(host, cri, nodeName, components)
  if (held.length === 0) return true
  const now = Date.now() + ((await readClock(host))?.aheadMs ?? 0)
  // A time that is still to come was written before the clock was set, and says nothing.
  const ageOf = ({ written }: Held) => now - written.getTime()
  return held.every(one => ageOf(one) > noticedWithinMs || ageOf(one) < -soonMs)
}

async function findHeld(
  host: HostReader,
  cri: Pick<Cri, 'pods'>,
  nodeName: string,
  components: readonly string[],
): Promise<readonly Held[]> {
  const [pods, stats] = await Promise.all([
    cri.pods(),
    Promise.all(components.map(component => host.stat(paths.manifest(component)))),
  ])
  return components.flatMap((component, i) => {
    const written = stats[i]?.mtime
    const made = pods.filter(pod => pod.namespace === 'kube-system' && pod.name === staticPodName(component, nodeName))
    const held = written !== undefined && made.length > 0 && made.every(pod => pod.createdAt < written)
    return held ? [{ component, written }] : []
  })
}
