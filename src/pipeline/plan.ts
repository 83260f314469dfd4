import type { Cluster } from '../cluster/cluster.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { type Lane, type Phase, phasesIn, type Stage } from '../phases/phase.ts'
import type { Step } from './events.ts'

/** Which phases of a pipeline to run: names as kubeadm's `--skip-phases` takes them; a parent stands for its children. */
export interface Selection {
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
}

/**
 * What a command runs: all phases without those that are left out, or the one that its words name. Like kubeadm, a single
 * phase runs although `skipPhases` of the configuration file names it.
 */
export function selectPhases(phase: readonly string[] | undefined, skip: readonly string[]): Selection {
  return phase === undefined ? { skip } : { only: [phase.join('/')] }
}

/** Lanes of steps. */
export type PlannedRow = readonly (readonly Step[])[]

export interface PlannedStage extends Omit<Stage, 'rows'> {
  /** The rows of a node, each of lanes that run side by side, each of steps one after another. */
  readonly rowsOf: (node: Stage['nodes'][number]) => readonly PlannedRow[]
}

export interface Plan {
  readonly intent: string
  readonly stages: readonly PlannedStage[]
  readonly steps: readonly Step[]
}

/** Pure: what will run where, in order, with the reason for each step left out. Throws USAGE for an unknown phase name. */
export function makePlan(intent: string, cluster: Cluster, stages: readonly Stage[], pick: Selection): Plan {
  const ids = stages.flatMap(stage => phasesIn(stage.rows).map(phase => phase.id))
  checkSelection(intent, ids, pick)
  const planned = stages.map(stage => planStage(stage, cluster, pick))
  const steps = planned.flatMap(stage => stage.nodes.flatMap(node => stage.rowsOf(node).flat(2)))
  return { intent, stages: planned, steps }
}

/** For a dry run: no node waits for another there, and so each finds what those before it would have left. */
export function oneByOne(plan: Plan): Plan {
  return { ...plan, stages: plan.stages.map(stage => ({ ...stage, atOnce: 1 })) }
}

/** Throws USAGE for a name that selects none of these phases: to be found before any machine is reached. */
export function checkSelection(intent: string, ids: readonly string[], pick: Selection): void {
  const unknown = [...(pick.only ?? []), ...(pick.skip ?? [])].find(name => !ids.some(id => selects(name, id)))
  if (unknown !== undefined) throw unknownPhase(unknown, intent, ids)
}

/** Knows the names that select one of these phases, for whoever checks a file. */
export function phaseJudge(intent: string, ids: readonly string[]) {
  return (name: string): { readonly message: string; readonly remedy: string } | undefined => {
    if (ids.some(id => selects(name, id))) return undefined
    const { message, hint = '' } = unknownPhase(name, intent, ids)
    return { message, remedy: hint }
  }
}

function planStage(stage: Stage, cluster: Cluster, pick: Selection): PlannedStage {
  const chosen = (phase: Phase) => pick.only === undefined || pick.only.some(name => selects(name, phase.id))
  const byNode = new Map(
    stage.nodes.map(node => {
      const toStep = (phase: Phase): Step => {
        const asked = pick.skip?.some(name => selects(name, phase.id)) ? 'left out by --skip-phases' : undefined
        const unwanted = pick.only === undefined ? phase.omit?.(cluster) : undefined
        const reason = asked ?? unwanted ?? phase.skip?.(cluster, node)
        return { stage: stage.id, phase, node, ...(reason === undefined ? {} : { skip: reason }) }
      }
      const own = ({ role = node.role }: Phase) => role === node.role
      const toLane = (lane: Lane) => asList<Phase>(lane).filter(chosen).filter(own).map(toStep)
      const rows = stage.rows.map(row =>
        asList<Lane>(row)
          .map(toLane)
          .filter(lane => lane.length > 0),
      )
      return [node, rows.filter(row => row.length > 0)] as const
    }),
  )
  return { id: stage.id, nodes: stage.nodes, atOnce: stage.atOnce, rowsOf: node => byNode.get(node) ?? [] }
}

function asList<T>(one: T | readonly T[]): readonly T[] {
  return Array.isArray(one) ? one : [one as T]
}

/** `certs` selects `certs/ca`; kubeadm's aliases of two phases are taken too. */
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
