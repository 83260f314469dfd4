import type { Node } from '../../src/cluster/cluster.ts'
import type { Session } from '../../src/cluster/session.ts'
import { stage as bind, type NodePhase, type Phase, type Row, type Stage } from '../../src/phases/phase.ts'
import type { Event } from '../../src/pipeline/events.ts'
import { execute, type Open } from '../../src/pipeline/execute.ts'
import { makePlan, type Selection } from '../../src/pipeline/plan.ts'
import { makeCluster, makeNode, makeRequest } from '../fixtures/cluster.ts'

type Run = NodePhase['run']

/** A phase that does nothing unless told otherwise. */
export function phase(id: string, run: Run = async () => undefined, skip?: NodePhase['skip']): NodePhase {
  return { id, title: id, about: id, run, ...(skip === undefined ? {} : { skip }) }
}

export function nodes(...names: readonly string[]): readonly Node[] {
  return names.map(name => makeNode({ name }))
}

export function stage(rows: readonly Row[], on: readonly Node[] = nodes('cp1'), atOnce = 1, gate?: Phase): Stage {
  const cluster = makeCluster()
  const targets = on.map(node => ({ cluster, node, request: makeRequest() }))
  return bind({ id: 'stage', targets, atOnce, rows, ...(gate === undefined ? {} : { gate }) })
}

export function plan(stages: readonly Stage[], pick: Selection = {}) {
  return makePlan('init', stages, pick)
}

/** Runs stages; returns the events in order, as `started ca@cp1`. */
export async function runStages(stages: readonly Stage[], signal = new AbortController().signal) {
  const events: Event[] = []
  const key = () => Promise.reject(new Error('no key is needed'))
  const session: Session = { run: 'test', startedAt: new Date(0), signal, key }
  const open: Open = (step, { record, report }) =>
    ({
      node: step.node,
      report,
      cri: async () => record({ kind: 'image', on: step.node.name, what: 'image' }),
    }) as never
  const error: unknown = await execute(plan(stages), open, session, event => events.push(event)).catch(e => e)
  const log = events.flatMap(event =>
    'step' in event ? [`${event.type.slice(5)} ${event.step.phase.id}@${event.step.node.name}`] : [],
  )
  return { events, log, error }
}
