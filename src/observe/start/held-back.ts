import type { Cri } from '../../clients/cri/cri.ts'
import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { readClock } from '../machine/clock.ts'
import { readText } from '../machine/read-text.ts'
import { staticPodName } from './kubelet-journal.ts'
import { isMadeOf, type KubeletPod, runsSame } from './kubelet-pods.ts'

/** A kubelet scans its manifests every 20 s in case it missed the notification of a change. */
const noticedWithinMs = 30_000

/** The same with the time that a stopping kube-apiserver takes. */
const replacedWithinMs = 75_000

/** Tolerance between the time of a file and the clock reading. */
const soonMs = 1000

interface Held {
  readonly component: string
  /** By the host's clock. */
  readonly written: Date
}

/** Returns static pods whose newest sandbox is older than their manifest: the kubelet has not applied it. */
export async function staticPodsHeldBack(
  host: HostReader,
  cri: Pick<Cri, 'pods'>,
  nodeName: string,
  components: readonly string[],
): Promise<readonly string[]> {
  return (await findHeld(host, cri, nodeName, components)).map(({ component }) => component)
}

/** Where to check whether the kubelet has applied the manifests. */
export interface AppliedManifestsQuery {
  readonly host: HostReader
  readonly cri: Pick<Cri, 'pods'>
  readonly nodeName: string
  readonly components: readonly string[]
  /** Returns the pods that the kubelet reports; undefined if it cannot be queried. */
  readonly report: () => Promise<readonly KubeletPod[] | undefined>
  /** True if the kubelet has reported its pods before: it cannot be queried while it replaces kube-apiserver. */
  readonly hasReported?: boolean
}

/**
 * False while the kubelet may still replace a static pod whose manifest has changed: until then the old pod answers.
 * The report of the kubelet decides. Without it, the age of the newest sandbox decides; a manifest with an equivalent
 * content never gets a new sandbox, so that finally the old pod is accepted.
 */
export async function manifestsApplied(look: AppliedManifestsQuery): Promise<boolean> {
  const { host, cri, nodeName, components, report, hasReported = false } = look
  const [held, clock, pods] = await Promise.all([
    findHeld(host, cri, nodeName, components),
    readClock(host),
    cri.pods(),
  ])
  const now = Date.now() + (clock?.aheadMs ?? 0)
  const changed = await changedSince(host, components, now - noticedWithinMs)
  const asked = components.filter(name => changed.has(name) || held.some(one => one.component === name))
  if (asked.length === 0) return true
  const reported = await report()
  // A time in the future was written before the clock was set, and is ignored.
  const ageOf = ({ written }: Held) => now - written.getTime()
  const limitMs = reported === undefined && hasReported ? replacedWithinMs : noticedWithinMs
  const isOver = (one: Held | undefined) => one === undefined || ageOf(one) > limitMs || ageOf(one) < -soonMs
  const judged = await Promise.all(
    asked.map(async component => {
      const own = (reported ?? []).filter(pod => pod.component === component)
      const fit = own.length === 0 ? undefined : await fitOf(host, component, own)
      if (fit === undefined || fit === 'unclear') return isOver(held.find(one => one.component === component))
      return fit !== 'other' && pods.some(({ uid }) => uid === fit.uid)
    }),
  )
  return judged.every(Boolean)
}

/** Returns components whose manifest was written after a time by the host's clock. */
async function changedSince(host: HostReader, components: readonly string[], since: number): Promise<Set<string>> {
  const stats = await statManifests(host, components)
  return new Set(components.filter((_, i) => (stats[i]?.mtime.getTime() ?? 0) > since))
}

function statManifests(host: HostReader, components: readonly string[]) {
  return Promise.all(components.map(component => host.stat(paths.manifest(component))))
}

/** Returns the reported pod that matches the manifest; `other` if none runs the same command. */
async function fitOf(
  host: HostReader,
  component: string,
  reported: readonly KubeletPod[],
): Promise<KubeletPod | 'other' | 'unclear'> {
  const manifest = (await readText(host, paths.manifest(component))) ?? ''
  const fit = reported.find(pod => isMadeOf(pod, manifest))
  if (fit !== undefined) return fit
  return reported.some(pod => runsSame(pod, manifest)) ? 'unclear' : 'other'
}

async function findHeld(
  host: HostReader,
  cri: Pick<Cri, 'pods'>,
  nodeName: string,
  components: readonly string[],
): Promise<readonly Held[]> {
  const [pods, stats] = await Promise.all([cri.pods(), statManifests(host, components)])
  return components.flatMap((component, i) => {
    const written = stats[i]?.mtime
    const made = pods.filter(pod => pod.namespace === 'kube-system' && pod.name === staticPodName(component, nodeName))
    const held = written !== undefined && made.length > 0 && made.every(pod => pod.createdAt < written)
    return held ? [{ component, written }] : []
  })
}

/** Time for a kubelet to start a static pod. */
export const idleMs = 30_000

/**
 * Returns static pods without a running container and for which the kubelet has created none since the run began: it
 * waits before a retry, or runs another pod of the same name.
 */
export async function staticPodsIdle(
  host: HostReader,
  cri: Pick<Cri, 'pods' | 'containers'>,
  nodeName: string,
  { components, since }: { readonly components: readonly string[]; readonly since: Date },
): Promise<readonly string[]> {
  const [pods, containers, stats] = await Promise.all([
    cri.pods(),
    cri.containers({ 'io.kubernetes.pod.namespace': 'kube-system' }),
    statManifests(host, components),
  ])
  const begun = new Set(pods.filter(({ createdAt }) => createdAt >= since).map(({ name }) => name))
  const alive = new Set(containers.filter(({ state }) => state !== 'exited').map(({ pod }) => pod))
  return components.filter((component, i) => {
    const pod = staticPodName(component, nodeName)
    return stats[i] !== undefined && !begun.has(pod) && !alive.has(pod)
  })
}
