import type { Cri, CriContainer, CriPod } from '../../clients/cri/cri.ts'
import { endsRun, isKadmError, type KadmError } from '../../errors/kadm-error.ts'
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
  /** Automatic restarts since it was last started manually. */
  readonly restarts: number
  /** Since when it is in this state; undefined when systemd does not say. */
  readonly changed?: number
}

/** What a host shows of the start of its kubelet and static pods. */
export interface Evidence {
  readonly components: readonly string[]
  /** Seconds since 1970 by the host's own clock. */
  readonly now: number
  readonly unit: UnitState
  /** Lines of the present kubelet that can name a cause. */
  readonly journal: readonly JournalLine[]
  /** Since when the wait lasts, in seconds by the host's clock. */
  readonly waitedFrom: number
  /** From which second on, by the host's clock, what is said of a component counts. */
  readonly countsFrom: (component: string) => number
  /** Components that have a manifest. */
  readonly written: ReadonlySet<string>
  /** The components' containers, newest first. */
  readonly containers: readonly CriContainer[]
  /** Errors of the components' pods that no container followed. */
  readonly syncErrors: readonly SyncError[]
  /** Images named by those errors that are not on the host. */
  readonly missingImages: ReadonlySet<string>
  readonly runtimeError?: KadmError
  /** True when systemd does not start the runtime again. */
  readonly runtimeGivenUp: boolean
  readonly ended: readonly EndedContainer[]
  /** True while the kubelet has the credentials of a join, with which it asks for its certificate. */
  readonly bootstrapping: boolean
}

export interface Look {
  readonly host: HostReader
  readonly cri: () => Promise<Cri>
  readonly nodeName: string
  readonly components: readonly string[]
  /** The start of the run: what happened before it says nothing. */
  readonly since: Date
  /** The start of the wait; that of the run where it is not given. */
  readonly waiting?: Date
  /** Filled by the first look, for those that follow. */
  readonly baseline?: Baseline
}

/** Lines of the kubelet that can name a cause; it writes hundreds that cannot. */
const relevant =
  'Error syncing pod|Could not process manifest|command failed|failed to run Kubelet|panic: |fatal error|kubelet\\.service|Started kubelet[.:]|Failed to start (cAdvisor|ContainerManager)|Failed to initialize internal modules|Failed to listen and serve|Failed to start healthz server|Failed while requesting a signed certificate|"Unable to register node with API server|"Successfully registered node"|"Node was previously registered"'

/** Those lines, each with the further lines of its value. */
const relevantLines = `/${relevant}/ { print; open = /=<$/; next } open { print } /\\]:  >/ { open = 0 }`

const questions = {
  now: 'date +%s',
  unit: 'systemctl show kubelet -p LoadState -p ActiveState -p SubState -p ExecMainStatus -p NRestarts',
  // What was there before a component's manifest belongs to a start that was given up.
  written: "stat -c '%.3Y %n' /etc/kubernetes/manifests/*.yaml 2>/dev/null",
  images: 'sed -n "s/^ *image: *//p" /etc/kubernetes/manifests/*.yaml 2>/dev/null',
  bootstrapping: 'test -e /etc/kubernetes/bootstrap-kubelet.conf && echo yes',
  failedRuntimes: 'for u in containerd crio cri-docker; do systemctl is-failed -q $u && echo $u; done',
  changed: 'LC_ALL=C date -d "$(LC_ALL=C systemctl show kubelet -p StateChangeTimestamp --value)" +%s',
  // The start is given as an age: the clocks of two hosts differ.
  journal: `journalctl -q --no-pager -u kubelet -o short-unix --since "@$(($(date +%s) - $1))" | awk '${relevantLines}' | tail -n 120 | cut -c1-4000`,
}

/** Looks once; two round trips, three when something has ended. */
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

/** A container that was made after an error shows that the error is over. */
function isFollowed(containers: readonly CriContainer[], component: string, at: number): boolean {
  return containers.some(({ name, createdAt }) => name === component && createdAt.getTime() / 1000 > at)
}

/** Without the lines of a kubelet that was started before the present one. */
function sinceStarted(journal: readonly JournalLine[]): readonly JournalLine[] {
  return journal.slice(journal.findLastIndex(({ text }) => /^Started kubelet/.test(text)) + 1)
}

/** Each unit's socket is called like it: `/run/cri-dockerd.sock` is that of cri-docker. */
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

/** When each manifest was written, in seconds since 1970, by component. */
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
  const there = await Promise.all(images.map(async image => (await cri()).hasImage(image).catch(unlessOver)))
  return new Set(images.filter((_, i) => there[i] === false))
}

/** An image that could not be asked for is not called missing. */
function unlessOver(error: unknown): true {
  if (endsRun(error)) throw error
  return true
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
