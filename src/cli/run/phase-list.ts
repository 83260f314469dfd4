import { phasesOf } from '../../phases/pipelines.ts'

/** Returns the names of a command's phases, one per line, in the order in which they run. */
export function phaseList(command: 'init' | 'join' | 'reset' = 'init'): string {
  const phases = phasesOf(command)
  const width = Math.max(...phases.map(phase => phase.id.length))
  const lines = phases.map(({ id, title }) => `  ${id.padEnd(width)}  ${title}\n`)
  const families = { init: 'certs', join: 'control-plane-prepare', reset: undefined }
  const family =
    families[command] === undefined ? '' : `; a family such as ${families[command]} stands for all its parts`
  return `Phases, in order${family}:\n${lines.join('')}`
}
