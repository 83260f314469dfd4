import type { Node } from '../cluster/cluster.ts'
import type { Session } from '../cluster/session.ts'
import { isKadmError, KadmError, type Where } from '../errors/kadm-error.ts'
import { maskUrls } from '../errors/mask-url.ts'
import { type Named, shownText, withMachines, withRemedy } from '../errors/operator-commands.ts'
import { mergePreflight } from '../errors/preflight-failed.ts'
import type { Note, World } from '../phases/phase.ts'
import type { Change, Event, Step } from './events.ts'
import type { Plan, PlannedRow, PlannedStage } from './plan.ts'

/** Creates the adapters of one step. They pass each change to `record`. */
export type Open = (
  step: Step,
  scope: { readonly record: (change: Change) => void; readonly report: (note: Note) => void },
) => World

interface Run {
  readonly open: Open
  readonly session: Session
  readonly emit: (event: Event) => void
}

/**
 * The only loop: stages one after another, `atOnce` nodes in parallel, rows in order, then the gate of the node. After
 * a failure no further step starts on that node and no further node starts; running nodes finish. A single failure is
 * thrown with the step in which it happened; several as an AggregateError, but failed checks of several nodes as one
 * error.
 */
export async function execute(plan: Plan, open: Open, session: Session, emit: (event: Event) => void): Promise<void> {
  const started = performance.now()
  emit({ type: 'run-started', intent: plan.intent, steps: plan.steps })
  for (const stage of plan.stages) await runStage(stage, { open, session, emit })
  emit({ type: 'run-done', ms: performance.now() - started })
}

async function runStage(stage: PlannedStage, run: Run): Promise<void> {
  const waiting = [...stage.nodes]
  const failures: unknown[] = []
  const worker = async () => {
    for (let node = waiting.shift(); node !== undefined && failures.length === 0; node = waiting.shift()) {
      failures.push(...(await runNode(stage, node, run)))
    }
  }
  await Promise.all(Array.from({ length: Math.min(stage.atOnce, stage.nodes.length) }, worker))
  throwAll(failures)
}

async function runNode(stage: PlannedStage, node: Node, run: Run): Promise<readonly unknown[]> {
  for (const row of stage.rowsOf(node)) {
    const failures = await runRow(row, run)
    if (failures.length > 0) return failures
  }
  const gate = stage.gateOf(node)
  return gate === undefined ? [] : runRow([[gate]], run)
}

/** Runs lanes in parallel. After a failure in the row, each lane ends before its next step. */
async function runRow(row: PlannedRow, run: Run): Promise<readonly unknown[]> {
  const failures: unknown[] = []
  const runLane = async (lane: readonly Step[]) => {
    for (const step of lane) {
      if (failures.length > 0) return
      await runStep(step, run).catch(error => failures.push(error))
    }
  }
  await Promise.all(row.map(runLane))
  return failures
}

async function runStep(step: Step, { open, session, emit }: Run): Promise<void> {
  if (step.skip !== undefined) return emit({ type: 'step-skipped', step, reason: step.skip })
  const where = { phase: step.phase.id, node: step.node.name }
  if (session.signal.aborted) throw new KadmError('INTERRUPTED', `interrupted before ${step.phase.id}`, { where })
  const started = performance.now()
  const changes: Change[] = []
  emit({ type: 'step-started', step })
  let named: Named = {}
  try {
    const report = (note: Note) => emit({ type: 'step-note', step, note: noteWithMachines(note, named) })
    const world = open(step, { record: change => changes.push({ ...change, what: maskUrls(change.what) }), report })
    named = world.named ?? {}
    await step.task.run(world)
    emit({ type: 'step-done', step, ms: performance.now() - started, changes })
  } catch (thrown) {
    const error = located(thrown, { where, named, signal: session.signal })
    emit({ type: 'step-failed', step, ms: performance.now() - started, error, changes })
    throw error
  }
}

interface Located {
  readonly where: Where
  readonly named: Named
  readonly signal: AbortSignal
}

/** Returns the error with the step in which it happened. Any error other than a KadmError is a bug in kadm. */
function located(error: unknown, { where, named, signal }: Located): KadmError {
  if (signal.aborted && error === signal.reason) {
    return new KadmError('INTERRUPTED', 'interrupted while running', { cause: error, where })
  }
  if (!isKadmError(error)) {
    const message = error instanceof Error ? error.message : String(error)
    return new KadmError('INTERNAL', maskUrls(message), { cause: error, where })
  }
  return withMachines(error, named, where)
}

function noteWithMachines(note: Note, named: Named): Note {
  if (note.kind === 'result') return note
  return note.kind === 'judgement' ? withRemedy(note, named) : { ...note, text: shownText(note.text, named) }
}

function throwAll(failures: readonly unknown[]): void {
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1)
    throw mergePreflight(failures) ?? new AggregateError(failures, `${failures.length} steps failed`)
}
