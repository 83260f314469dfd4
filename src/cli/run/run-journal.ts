import type { Composition } from '../../compose/compose.ts'
import { isClaimed } from '../../host/claim/claim.ts'
import type { Event } from '../../pipeline/events.ts'
import { jsonLine } from '../../ui/json-progress.ts'

const told = new Set(['run-started', 'step-started', 'step-done', 'step-failed', 'run-done'])

/** Writes into the journal on each machine what is begun and done there: names of what was changed, never contents. */
export function runJournal({ hosts }: Pick<Composition, 'hosts'>): (event: Event) => void {
  return event => {
    const line = told.has(event.type) ? jsonLine(event, new Date()) : undefined
    if (line === undefined) return
    for (const [node, host] of hosts) {
      if (isClaimed(host) && (!('step' in event) || event.step.node === node)) host.append(line)
    }
  }
}
