import { phasesOf } from '../phases/pipelines.ts'

/** The phases of a command by name, one a line, in the order in which they run. */
export function phaseList(command: 'init' | 'reset' = 'init'): string {
  const phases = phasesOf(command)
  const width = Math.max(...phases.map(phase => phase.id.length))
  const lines = phases.map(({ id, title }) => `  ${id.padEnd(width)}  ${title}\n`)
  const family = command === 'init' ? '; a family such as certs stands for all its parts' : ''
  return `Phases, in order${family}:\n${lines.join('')}`
}
