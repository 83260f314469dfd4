/** The environment variables that decide how progress and results look. */
export type Environment = Readonly<Record<string, string | undefined>>

interface Stream {
  readonly isTTY?: boolean
}

/** True if output has colors: on a terminal, unless NO_COLOR is set or the terminal is dumb. FORCE_COLOR adds them elsewhere. */
export function hasColor({ isTTY = false }: Stream, { NO_COLOR = '', FORCE_COLOR, TERM }: Environment): boolean {
  if (NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return isTTY && TERM !== 'dumb'
}

/** True if a list that moves can be drawn. The log of a CI job keeps every frame, even where the job has a terminal. */
export function canDraw({ isTTY = false }: Stream, { TERM, CI = '' }: Environment): boolean {
  return isTTY && TERM !== 'dumb' && (CI === '' || CI === 'false')
}
