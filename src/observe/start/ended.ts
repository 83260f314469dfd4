import type { CriContainer, CriPod } from '../../clients/cri/cri.ts'
import type { HostReader } from '../../host/host.ts'
import { ask } from '../machine/questions.ts'
import { parseCriLog } from './final-error.ts'

/** The last container of a component that ended in a failure, while no container of the component runs. */
export interface EndedContainer {
  readonly component: string
  readonly container: CriContainer
  /** How often the component's pod has ended since the wait began. */
  readonly ends: number
  readonly log: readonly string[]
}

/** By pod, how often its container had ended when the wait began. */
export type Baseline = Map<string, number>

/** The time from which evidence of a component counts, in seconds by the host's clock. */
export interface Since {
  /** The start of this run. */
  readonly run: number
  /** When the component's manifest was written; undefined without a manifest. */
  readonly written: (component: string) => number | undefined
}

/** Returns the time in seconds from which evidence counts: an end before it belongs to an earlier start. */
export function countsFrom({ run, written }: Since, component: string): number {
  return Math.max(run, written(component) ?? 0)
}

/**
 * Returns failures of components without a newer container. An end counts if it happened in this run and the container
 * was created from the current manifest.
 */
export function findEnded(
  { containers, pods }: { readonly containers: readonly CriContainer[]; readonly pods: readonly CriPod[] },
  components: readonly string[],
  since: Since,
  baseline: Baseline,
): readonly Omit<EndedContainer, 'log'>[] {
  return components.flatMap(component => {
    const own = containers.filter(({ name }) => name === component)
    const before = endsBefore(own, pods, since.run, baseline)
    const last = own.find(({ state }) => state === 'exited')
    if (last === undefined || own.some(one => follows(one, last)) || !failedIn(last, component, since)) return []
    return [{ component, container: last, ends: last.attempt + 1 - (before.get(podOf(last)) ?? 0) }]
  })
}

function follows({ state, createdAt }: CriContainer, ended: CriContainer): boolean {
  return state === 'running' || (state === 'created' && createdAt > ended.createdAt)
}

function failedIn({ exitCode, createdAt, finishedAt = createdAt }: CriContainer, component: string, since: Since) {
  const made = createdAt.getTime() / 1000
  return exitCode !== 0 && made >= (since.written(component) ?? 0) && finishedAt.getTime() / 1000 >= since.run
}

/** Remembers the count of a pod at the first reading: the kubelet counts restarts since the pod was created. */
function endsBefore(
  own: readonly CriContainer[],
  pods: readonly CriPod[],
  run: number,
  baseline: Baseline,
): ReadonlyMap<string, number> {
  for (const container of own.toReversed()) {
    const pod = podOf(container)
    if (baseline.has(pod)) continue
    const sandboxes = pods.filter(({ uid }) => uid !== undefined && pod.includes(`_${uid}/`))
    const older = sandboxes.some(({ createdAt }) => createdAt.getTime() / 1000 < run)
    baseline.set(pod, older ? endsAt(own, pod, run) : 0)
  }
  return baseline
}

/** Returns how often a pod had ended before the run, from its newest container. */
function endsAt(own: readonly CriContainer[], pod: string, run: number): number {
  const [newest] = own.filter(container => podOf(container) === pod)
  if (newest === undefined) return 0
  const { attempt, state, createdAt, finishedAt = createdAt } = newest
  return state === 'exited' && finishedAt.getTime() / 1000 < run ? attempt + 1 : attempt
}

/** Returns the directory of the pod's logs, named by its uid. A changed manifest creates a pod with another uid. */
function podOf({ logPath }: CriContainer): string {
  return `${logPath.split('/').slice(0, -2).join('/')}/`
}

/** Adds the logs, read in one round trip. */
export async function withLogs(
  host: HostReader,
  ended: readonly Omit<EndedContainer, 'log'>[],
): Promise<readonly EndedContainer[]> {
  const paths = new Map(ended.map(({ component, container }) => [component, container.logPath]))
  const logs = await readLogs(host, paths)
  return ended.map(one => ({ ...one, log: logs(one.component) }))
}

/** Reads the ends of log files in CRI format, by name. */
export async function readLogs(
  host: HostReader,
  files: ReadonlyMap<string, string>,
): Promise<(name: string) => readonly string[]> {
  if (files.size === 0) return () => []
  const questions = Object.fromEntries([...files.keys()].map((name, i) => [name, `tail -c 65536 "$${i + 1}"`]))
  const answers = await ask(host, questions, [...files.values()])
  return name => parseCriLog(answers(name))
}
