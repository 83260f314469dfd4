import type { Cri, CriContainer, CriPod } from '../../clients/cri/cri.ts'
import { isKadmError, type KadmError, orUndefined } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { type Answers, ask, lines } from '../machine/questions.ts'
import { type Baseline, countsFrom, type EndedContainer, findEnded, withLogs } from './ended.ts'
import { type JournalLine, parseJournal, parseSyncErrors, type SyncError, staticPodName } from './kubelet-journal.ts'

export interface UnitState {
  /** `loaded`, `not-found` */
  readonly load: string
  /** `active`, `activating`, `failed`, `inactive` */
  readonly active: string
  /** `running`, `auto-restart`, `dead` */
  readonly sub: string
  readonly exitStatus: number
  /** Automatic restarts since its last manual start. */
  readonly restarts: number
  /** Since when it is in this state; undefined if systemd does not report it. */
  readonly changed?: number
}

/** What a host shows about the start of its kubelet and static pods. */
export interface Evidence {
  readonly components: readonly string[]
  /** Unix time in seconds by the host's clock. */
  readonly now: number
  readonly unit: UnitState
  /** Log lines of the current kubelet that can identify a cause. */
  readonly journal: readonly JournalLine[]
  /** The start of the wait, in seconds by the host's clock. */
  readonly waitedFrom: number
  /** Returns the second, by the host's clock, from which evidence of a component counts. */
  readonly countsFrom: (component: string) => number
  /** Components with a manifest. */
  readonly written: ReadonlySet<string>
  /** The components' containers, newest first. */
  readonly containers: readonly CriContainer[]
  /** Errors of the components' pods without a later container. */
  readonly syncErrors: readonly SyncError[]
  /** Images in those errors that are not on the host. */
  readonly missingImages: ReadonlySet<string>
  readonly runtimeError?: KadmError
  /** True if systemd does not restart the runtime. */
  readonly runtimeGivenUp: boolean
  readonly ended: readonly EndedContainer[]
  /** True while the kubelet has bootstrap credentials, with which it requests its certificate. */
  readonly bootstrapping: boolean
}

export interface Look {
  readonly host: HostReader
  readonly cri: () => Promise<Cri>
  readonly nodeName: string
  readonly components: readonly string[]
  /** The start of the run. Earlier events are ignored. */
  readonly since: Date
  /** The start of the wait. Default: the start of the run. */
  readonly waiting?: Date
  /** Filled by the first reading for later ones. */
  readonly baseline?: Baseline
}

/** Log lines of the kubelet that can identify a cause; it writes hundreds that cannot. */
const relevant =
  'Error syncing pod|Could not process manifest|command failed|failed to run Kubelet|panic: |fatal error|kubelet\\.service|Started kubelet[.:]|Failed to start (cAdvisor|ContainerManager)|Failed to initialize internal modules|Failed to listen and serve|Failed to start healthz server|Failed while requesting a signed certificate|"Unable to register node with API server|"Successfully registered node"|"Node was previously registered"'

/** Those lines, each with the continuation of its value. */
const relevantLines = `/${relevant}/ { print; open = /=<$/; next } open { print } /\\]:  >/ { open = 0 }`

const questions = {
  now: 'date +%s',
  unit: 'systemctl show kubelet -p LoadState -p ActiveState -p SubState -p ExecMainStatus -p NRestarts',
  // Evidence before a component's manifest was written belongs to an earlier start.
  written: "stat -c '%.3Y %n' /etc/kubernetes/manifests/*.yaml 2>/dev/null",
  images: 'sed -n "s/^ *image: *//p" /etc/kubernetes/manifests/*.yaml 2>/dev/null',
  bootstrapping: 'test -e /etc/kubernetes/bootstrap-kubelet.conf && echo yes',
  failedRuntimes: 'for u in containerd crio cri-docker; do systemctl is-failed -q $u && echo $u; done',
  changed: 'LC_ALL=C date -d "$(LC_ALL=C systemctl show kubelet -p StateChangeTimestamp --value)" +%s',
  // The start is passed as an age, because the clocks of two hosts differ.
  journal: `journalctl -q --no-pager -u kubelet -o short-unix --since "@$(($(date +%s) - $1))" | awk '${relevantLines}' | tail -n 120 | cut -c1-4000`,
}

/** Reads the evidence once: two round trips, or three if a container has ended. */
export async function readEvidence(look: Look): Promise<Evidence> {
  const { host, cri, nodeName, components, baseline = new Map() } = look
  const age = Math.max(1, Math.ceil((Date.now() - look.since.getTime()) / 1000))
  const [answers, runtime] = await Promise.all([ask(host, questions, [String(age)]), readRuntime(cri)])
  const now = Number(answers('now').trim())
  const written = parseWritten(lines(answers('written')))
  const since = { run: now - age, written: (component: string) => written.get(component) }
  const from = (component: string) => countsFrom(since, component)
  const wanted = new Set(lines(answers('images')))
  const { containers: listed, pods } = isKadmError(runtime) ? { containers: [], pods: [] } : runtime
  const containers = listed.filter(({ name, pod }) => pod === staticPodName(name, nodeName))
  const journal = sinceStarted(parseJournal(answers('journal')))
  const syncErrors = parseSyncErrors(journal, components, nodeName).filter(
    ({ component, at, image }) =>
      at >= from(component) && !isFollowed(containers, component, at) && (image === undefined || wanted.has(image)),
  )
  return {
    components,
    now,
    unit: parseUnit(answers),
    journal,
    waitedFrom: now - Math.ceil((Date.now() - (look.waiting ?? look.since).getTime()) / 1000),
    countsFrom: from,
    written: new Set(written.keys()),
    containers: containers.filter(({ name }) => components.includes(name)),
    syncErrors,
    missingImages: await missing(cri, syncErrors),
    ...(isKadmError(runtime) ? { runtimeError: runtime } : {}),
    runtimeGivenUp: givenUp((await cri()).socket, lines(answers('failedRuntimes'))),
    ended: await withLogs(host, findEnded({ containers, pods }, components, since, baseline)),
    bootstrapping: answers('bootstrapping').trim() === 'yes',
  }
}

/** A container that was created after an error shows that the error is over. */
function isFollowed(containers: readonly CriContainer[], component: string, at: number): boolean {
  return containers.some(({ name, createdAt }) => name === component && createdAt.getTime() / 1000 > at)
}

/** Returns the journal without lines of an earlier kubelet. */
function sinceStarted(journal: readonly JournalLine[]): readonly JournalLine[] {
  return journal.slice(journal.findLastIndex(({ text }) => /^Started kubelet/.test(text)) + 1)
}

/** Each unit's socket has its name: `/run/cri-dockerd.sock` belongs to cri-docker. */
function givenUp(socket: string, failedUnits: readonly string[]): boolean {
  return failedUnits.some(unit => socket.includes(unit))
}

interface Runtime {
  readonly containers: readonly CriContainer[]
  readonly pods: readonly CriPod[]
}

async function readRuntime(cri: () => Promise<Cri>): Promise<Runtime | KadmError> {
  try {
    const runtime = await cri()
    const [containers, pods] = await Promise.all([
      runtime.containers({ 'io.kubernetes.pod.namespace': 'kube-system' }),
      runtime.pods(),
    ])
    return { containers, pods }
  } catch (error) {
    if (isKadmError(error, 'CRI_FAILED')) return error
    throw error
  }
}

/** Returns when each manifest was written, as Unix time in seconds, by component. */
function parseWritten(stats: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    stats.flatMap(line => {
      const [, seconds, component] = /^([\d.]+) .*\/([^/]+)\.yaml$/.exec(line) ?? []
      return component === undefined ? [] : [[component, Number(seconds)] as const]
    }),
  )
}

async function missing(cri: () => Promise<Cri>, errors: readonly SyncError[]): Promise<ReadonlySet<string>> {
  const images = [...new Set(errors.flatMap(error => error.image ?? []))]
  const there = await Promise.all(images.map(async image => (await cri()).hasImage(image).catch(orUndefined)))
  return new Set(images.filter((_, i) => there[i] === false))
}

function parseUnit(answers: Answers): UnitState {
  const fields = new Map(
    answers('unit')
      .split('\n')
      .map(line => line.split('=') as [string, string]),
  )
  const changed = answers('changed').trim()
  return {
    ...(changed === '' ? {} : { changed: Number(changed) }),
    load: fields.get('LoadState') ?? '',
    active: fields.get('ActiveState') ?? '',
    sub: fields.get('SubState') ?? '',
    exitStatus: Number(fields.get('ExecMainStatus') ?? 0),
    restarts: Number(fields.get('NRestarts') ?? 0),
  }
}
