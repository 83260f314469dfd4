import xterm from '@xterm/headless'
import type { TerminalSize } from '../../ui/terminal/recording.ts'

/** What a program wrote, and when. */
export interface Piece {
  readonly ms: number
  readonly text: string
}

/** Characters of a line that look alike. */
export interface Run {
  readonly column: number
  readonly text: string
  /** `green`, `red`, `yellow`, `cyan`, `dim`, `bold`, or nothing. */
  readonly style: string
}

export type Line = readonly Run[]
/** The lines of a screen. */
export type Frame = readonly Line[]

/** Plays pieces on a terminal, and returns its screen every so often, without those that are like the one before. */
export async function filmOf(
  pieces: readonly Piece[],
  { columns, rows }: TerminalSize,
  everyMs: number,
): Promise<Frame[]> {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  const write = (text: string) => new Promise<void>(resolve => terminal.write(text, resolve))
  const frames: Frame[] = []
  const take = () => {
    const frame = screenOf(terminal)
    if (frame.length > 0 && JSON.stringify(frame) !== JSON.stringify(frames.at(-1))) frames.push(frame)
  }
  let next = 0
  for (const { ms, text } of pieces) {
    if (ms >= next) {
      take()
      next = (Math.floor(ms / everyMs) + 1) * everyMs
    }
    await write(text)
  }
  take()
  terminal.dispose()
  return frames
}

type Terminal = InstanceType<typeof xterm.Terminal>
type Cell = NonNullable<ReturnType<NonNullable<ReturnType<Terminal['buffer']['active']['getLine']>>['getCell']>>

function screenOf({ buffer: { active }, rows, cols }: Terminal): Frame {
  const lines = Array.from({ length: rows }, (_, row): Line => {
    const line = active.getLine(active.baseY + row)
    const cells = Array.from({ length: cols }, (__, column) => line?.getCell(column))
    return runsOf(cells)
  })
  return lines.slice(0, lines.findLastIndex(line => line.length > 0) + 1)
}

function runsOf(cells: readonly (Cell | undefined)[]): Line {
  const runs: { column: number; text: string; style: string }[] = []
  for (const [column, cell] of cells.entries()) {
    const text = cell?.getChars() || ' '
    const style = cell === undefined ? '' : styleOf(cell)
    const last = runs.at(-1)
    if (last !== undefined && (last.style === style || text === ' ')) last.text += text
    else runs.push({ column, text, style })
  }
  return runs.flatMap(words)
}

/** Words with more than one space between them have places of their own: they are columns, whatever the font of a viewer. */
function words({ column, text, style }: Run): Line {
  return [...text.matchAll(/\S+(?: \S+)*/g)].map(match => ({ column: column + match.index, text: match[0], style }))
}

const colors: Readonly<Record<number, string>> = { 1: 'red', 2: 'green', 3: 'yellow', 6: 'cyan' }

function styleOf(cell: Cell): string {
  if (cell.isFgPalette()) return colors[cell.getFgColor()] ?? ''
  if (cell.isDim() !== 0) return 'dim'
  return cell.isBold() !== 0 ? 'bold' : ''
}
