import { phasesOf } from '../phases/pipelines.ts'

/** The phases of init by name, one a line, in the order in which they run. */
export function phaseList(): string {
  const phases = phasesOf('init')
  const width = Math.max(...phases.map(phase => phase.id.length))
  const lines = phases.map(({ id, title }) => `  ${id.padEnd(width)}  ${title}\n`)
  return `Phases, in order; a family such as certs stands for all its parts:\n${lines.join('')}`
}
