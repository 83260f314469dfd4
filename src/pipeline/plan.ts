import type { Node } from '../cluster/cluster.ts'
import { given } from '../cluster/given.ts'
import type { KeyFile } from '../cluster/node-files.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { Stage, Task } from '../phases/phase.ts'
import type { Step } from './events.ts'

/** Which phases of a pipeline to run, as kubeadm's `--skip-phases` names them; a parent selects its children. */
export interface Selection {
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
}

/**
 * Returns the phases of a command: all except the skipped ones, or the named one. As in kubeadm, a single phase runs
 * even if `skipPhases` of the configuration file names it.
 */
export function selectPhases(phase: readonly string[] | undefined, skip: readonly string[]): Selection {
  return phase === undefined ? { skip } : { only: [phase.join('/')] }
}

/** Lanes of steps that run in parallel. */
export type PlannedRow = readonly (readonly Step[])[]

export interface PlannedStage {
  readonly id: string
  readonly nodes: readonly Node[]
  readonly atOnce: number
  /** Returns the rows of a node: each has lanes that run in parallel; the steps of a lane run in order. */
  readonly rowsOf: (node: Node) => readonly PlannedRow[]
  /** Returns the check that must succeed on a node before the next node starts; undefined for a node without steps. */
  readonly gateOf: (node: Node) => Step | undefined
}

export interface Plan {
  readonly intent: string
  readonly stages: readonly PlannedStage[]
  readonly steps: readonly Step[]
}

/**
 * Returns which steps run on which nodes, in order, with the reason for each skipped step. Pure. Throws USAGE for an
 * unknown phase name.
 */
export function makePlan(intent: string, stages: readonly Stage[], pick: Selection): Plan {
  checkSelection(
    intent,
    stages.flatMap(({ phases }) => phases.map(({ id }) => id)),
    pick,
  )
  const planned = stages.map(stage => planStage(stage, pick))
  const steps = planned.flatMap(stage =>
    stage.nodes.flatMap(node => [...stage.rowsOf(node).flat(2), ...gates(stage, node)]),
  )
  return { intent, stages: planned, steps }
}

/** Returns the keys that the steps of a node generate if they are missing, in the order of the steps. */
export function keysOf({ steps }: Plan, node: Node): readonly KeyFile[] {
  return steps.filter(step => step.node === node && step.skip === undefined).flatMap(step => step.task.keys())
}

/** For a dry run: nodes run one after another, so that each finds what those before it would have created. */
export function oneByOne(plan: Plan): Plan {
  return { ...plan, stages: plan.stages.map(stage => ({ ...stage, atOnce: 1 })) }
}

/** Throws USAGE for a name that selects none of these phases. Called before kadm connects to a host. */
export function checkSelection(intent: string, ids: readonly string[], pick: Selection): void {
  const unknown = [...(pick.only ?? []), ...(pick.skip ?? [])].find(name => !ids.some(id => selects(name, id)))
  if (unknown !== undefined) throw unknownPhase(unknown, intent, ids)
}

/** Returns a judge of names that select one of these phases, to validate a file. */
export function phaseJudge(intent: string, ids: readonly string[]) {
  return (name: string): { readonly message: string; readonly remedy: string } | undefined => {
    if (ids.some(id => selects(name, id))) return undefined
    const { message, hint = '' } = unknownPhase(name, intent, ids)
    return { message, remedy: hint }
  }
}

function planStage(stage: Stage, pick: Selection): PlannedStage {
  const chosen = ({ phase }: Task) => pick.only === undefined || pick.only.some(name => selects(name, phase.id))
  const toStep = (task: Task): Step => {
    const asked = pick.skip?.some(name => selects(name, task.phase.id)) ? 'named by --skip-phases' : undefined
    const unwanted = pick.only === undefined ? task.omit() : undefined
    const reason = asked ?? unwanted ?? task.skip()
    return {
      stage: stage.id,
      task,
      phase: task.phase,
      node: task.node,
      ...given({ skip: reason }),
    }
  }
  const planned = new Map(
    stage.nodes.map(node => {
      const toLane = (lane: readonly Task[]) => lane.filter(chosen).map(toStep)
      const rows = stage.rowsOf(node).map(row => row.map(toLane).filter(lane => lane.length > 0))
      const passed = rows.filter(row => row.length > 0)
      const gate = passed.length === 0 ? undefined : stage.gateOf(node)
      return [node, { rows: passed, gate: gate && toStep(gate) }] as const
    }),
  )
  return {
    id: stage.id,
    nodes: stage.nodes,
    atOnce: stage.atOnce,
    rowsOf: node => planned.get(node)?.rows ?? [],
    gateOf: node => planned.get(node)?.gate,
  }
}

function gates(stage: PlannedStage, node: Node): readonly Step[] {
  const gate = stage.gateOf(node)
  return gate === undefined ? [] : [gate]
}

/** `certs` selects `certs/ca`; kubeadm's aliases of two phases are valid too. */
function selects(name: string, id: string): boolean {
  const alias: Readonly<Record<string, string>> = { uploadconfig: 'upload-config', bootstraptoken: 'bootstrap-token' }
  const [first = '', ...parts] = name.split('/')
  const wanted = [alias[first] ?? first, ...parts].join('/').replace(/\/all$/, '')
  return id === wanted || id.startsWith(`${wanted}/`)
}

function unknownPhase(name: string, intent: string, ids: readonly string[]): KadmError {
  return new KadmError('USAGE', `invalid phase name: ${name}`, {
    hint: `phases of ${intent}: ${[...new Set(ids)].join(', ')}`,
  })
}
