import type { Cri } from '../../clients/cri/cri.ts'
import type { Watch } from '../../cluster/until.ts'
import { endsRun, isAnswer, KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { causes } from './causes.ts'
import { readStates } from './component-states.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { Baseline } from './ended.ts'
import { type Look, readEvidence } from './start-evidence.ts'

/** The components to observe, in a wait. */
export type Watched = Omit<Look, 'baseline'>

/** The part of a phase's context that observes its host. */
export interface Machine {
  readonly host: HostReader
  readonly cri: () => Promise<Cri>
  readonly node: { readonly name: string }
  readonly session: { readonly startedAt: Date }
}

/** Returns a watch over these components of the node in this run, and over its kubelet. */
export function watchOver({ host, cri, node, session }: Machine, components: readonly string[]): Watch {
  const watch = { host, cri, nodeName: node.name, components, since: session.startedAt, waiting: new Date() }
  return { over: probe => watched(watch, probe), states: () => readStates(watch) }
}

/** How often the host is examined while a component does not start. */
const lookEveryMs = 2000
/** On a slow host an examination takes seconds of the processor time that the component needs, so a longer rest follows. */
const restPerLook = 4

/**
 * Wraps a probe so that the host is searched for the cause while the probe returns nothing. A certain cause ends the
 * wait with COMPONENT_FAILED; kubeadm would wait until its timeout.
 */
export function watched<T>(what: Watched, probe: () => Promise<T | undefined>): () => Promise<T | undefined> {
  let next = performance.now() + lookEveryMs
  const explain = explainer(what)
  return async () => {
    const failure = { error: undefined as unknown }
    const value = await probe().catch(error => {
      if (endsRun(error)) throw error
      failure.error = error
      return undefined
    })
    if (value !== undefined) return value
    const began = performance.now()
    if (began >= next) {
      await explain()
      const ended = performance.now()
      next = Math.max(began + lookEveryMs, ended + (ended - began) * restPerLook)
    }
    if (failure.error !== undefined) throw failure.error
    return undefined
  }
}

/** Throws the cause that a reading finds; a cause that can pass, after all readings for its duration have found it. */
function explainer(what: Watched): () => Promise<void> {
  let since: number | undefined
  const baseline: Baseline = new Map()
  return async () => {
    const found = await diagnoseNode({ ...what, baseline })
    const now = performance.now()
    const lastingMs = found?.lastingMs ?? 0
    since = lastingMs > 0 ? (since ?? now) : undefined
    if (found === undefined || now - (since ?? now) < lastingMs) return
    throw new KadmError('COMPONENT_FAILED', `${found.component} does not start: ${found.cause}`, {
      hint: found.hint,
      output: found.evidence,
    })
  }
}

/**
 * Returns why the kubelet or a static pod of a host does not start; undefined without a certain cause, as during a
 * normal start. Fast enough to run every second or two. `since` is by the clock of this host, not of the observed one.
 */
export async function diagnoseNode(look: Look): Promise<Diagnosis | undefined> {
  try {
    const evidence = await readEvidence(look)
    for (const { matches } of causes) {
      const found = matches(evidence)
      if (found !== undefined) return found
    }
    return undefined
  } catch (error) {
    // A failed diagnosis must not hide the original failure.
    if (isAnswer(error)) return undefined
    throw error
  }
}
