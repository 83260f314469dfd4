import type { Cri, CriContainer } from '../clients/cri/cri.ts'
import { endsRun, isKadmError, type KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { type JournalLine, parseJournal, parseSyncErrors, type SyncError, staticPodName } from './kubelet-journal.ts'
import { parseCriLog } from './last-words.ts'
import { type Answers, ask, lines } from './questions.ts'

export interface KubeletUnit {
  /** `loaded`, `not-found` */
  readonly load: string
  /** `active`, `activating`, `failed`, `inactive` */
  readonly active: string
  /** `running`, `auto-restart`, `dead` */
  readonly sub: string
  readonly exitStatus: number
  /** Automatic restarts since somebody started it. */
  readonly restarts: number
  /** Since when it is in this state; undefined when systemd does not say. */
  readonly changed?: number
}

/** The last container of a component that ended in a failure. */
export interface Ended {
  readonly component: string
  readonly container: CriContainer
  /** True when a newer one runs. */
  readonly replaced: boolean
  readonly log: readonly string[]
}

/** What a machine shows of the start of its kubelet and static pods. */
export interface Evidence {
  readonly components: readonly string[]
  /** Seconds since 1970 by the machine's own clock. */
  readonly now: number
  readonly unit: KubeletUnit
  /** Lines of the present kubelet that can name a cause. */
  readonly journal: readonly JournalLine[]
  /** When the manifests were written, in seconds by the machine's clock, by component. */
  readonly written: ReadonlyMap<string, number>
  /** Errors of the components' pods only. */
  readonly syncErrors: readonly SyncError[]
  /** Images named by those errors that are not on the machine. */
  readonly missingImages: ReadonlySet<string>
  readonly runtimeError?: KadmError
  /** True when systemd does not start the runtime again. */
  readonly runtimeGivenUp: boolean
  readonly ended: readonly Ended[]
  /** True while the kubelet has the credentials of a join, with which it asks for its certificate. */
  readonly bootstrapping: boolean
}

export interface Look {
  readonly host: HostReader
  readonly cri: () => Promise<Cri>
  readonly nodeName: string
  readonly components: readonly string[]
  /** Where no manifest tells: how far back the kubelet's journal counts. */
  readonly since: Date
}

/** Lines of the kubelet that can name a cause; it writes hundreds that cannot. */
const telling =
  'Error syncing pod|Could not process manifest|command failed|failed to run Kubelet|panic: |fatal error|kubelet\\.service|Started kubelet[.:]|Failed to start (cAdvisor|ContainerManager)|Failed to initialize internal modules|Failed to listen and serve|Failed to start healthz server|Failed while requesting a signed certificate'

const questions = {
  now: 'date +%s',
  unit: 'systemctl show kubelet -p LoadState -p ActiveState -p SubState -p ExecMainStatus -p NRestarts',
  // What was there before a component's manifest belongs to a start that was given up.
  written: "stat -c '%.3Y %n' /etc/kubernetes/manifests/*.yaml 2>/dev/null",
  images: 'sed -n "s/^ *image: *//p" /etc/kubernetes/manifests/*.yaml 2>/dev/null',
  bootstrapping: 'test -e /etc/kubernetes/bootstrap-kubelet.conf && echo yes',
  failedRuntimes: 'for u in containerd crio cri-docker; do systemctl is-failed -q $u && echo $u; done',
  changed: 'LC_ALL=C date -d "$(LC_ALL=C systemctl show kubelet -p StateChangeTimestamp --value)" +%s',
  // The start is given as an age: the clocks of two machines differ.
  journal: `journalctl -q --no-pager -u kubelet -o short-unix --since "@$(($(date +%s) - $1))" | grep -E '${telling}' | tail -n 60 | cut -c1-4000`,
}

/** Looks once; two round trips, three when something has ended. */
export async function readEvidence({ host, cri, nodeName, components, since }: Look): Promise<Evidence> {
  const age = Math.max(1, Math.ceil((Date.now() - since.getTime()) / 1000))
  const [answers, containers] = await Promise.all([ask(host, questions, [String(age)]), readContainers(cri)])
  const now = Number(answers('now').trim())
  const written = parseWritten(lines(answers('written')))
  const from = (component: string) => written.get(component) ?? now - age
  const wanted = new Set(lines(answers('images')))
  const journal = sinceStarted(parseJournal(answers('journal')))
  const syncErrors = parseSyncErrors(journal, components, nodeName).filter(
    ({ component, at, image }) => at >= from(component) && (image === undefined || wanted.has(image)),
  )
  const listed = isKadmError(containers) ? [] : containers
  const own = listed.filter(({ name, pod }) => pod === staticPodName(name, nodeName))
  return {
    components,
    now,
    unit: parseUnit(answers),
    journal,
    written,
    syncErrors,
    missingImages: await missing(cri, syncErrors),
    ...(isKadmError(containers) ? { runtimeError: containers } : {}),
    runtimeGivenUp: givenUp((await cri()).socket, lines(answers('failedRuntimes'))),
    ended: await readEnded(host, components, own, from),
    bootstrapping: answers('bootstrapping').trim() === 'yes',
  }
}

/** Without the lines of a kubelet that was started before the present one. */
function sinceStarted(journal: readonly JournalLine[]): readonly JournalLine[] {
  return journal.slice(journal.findLastIndex(({ text }) => /^Started kubelet/.test(text)) + 1)
}

/** Each unit's socket is called like it: `/run/cri-dockerd.sock` is that of cri-docker. */
function givenUp(socket: string, failedUnits: readonly string[]): boolean {
  return failedUnits.some(unit => socket.includes(unit))
}

async function readContainers(cri: () => Promise<Cri>): Promise<readonly CriContainer[] | KadmError> {
  try {
    return await (await cri()).containers({ 'io.kubernetes.pod.namespace': 'kube-system' })
  } catch (error) {
    if (isKadmError(error, 'CRI_FAILED')) return error
    throw error
  }
}

async function readEnded(
  host: HostReader,
  components: readonly string[],
  containers: readonly CriContainer[],
  from: (component: string) => number,
): Promise<readonly Ended[]> {
  const ended = components.flatMap(component => {
    const own = containers.filter(container => container.name === component)
    const last = own.find(container => container.state === 'exited')
    if (last === undefined || !failed(last, from(component))) return []
    return [{ component, container: last, replaced: own[0] !== last }]
  })
  if (ended.length === 0) return []
  const logs = Object.fromEntries(ended.map(({ component }, i) => [component, `tail -c 65536 "$${i + 1}"`]))
  const answers = await ask(
    host,
    logs,
    ended.map(one => one.container.logPath),
  )
  return ended.map(one => ({ ...one, log: parseCriLog(answers(one.component)) }))
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

function failed({ state, exitCode, createdAt }: CriContainer, from: number): boolean {
  return state === 'exited' && exitCode !== 0 && createdAt.getTime() >= from * 1000
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

function parseUnit(answers: Answers): KubeletUnit {
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
