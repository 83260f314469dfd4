import { stripVTControlCharacters } from 'node:util'
import ansiEscapes from 'ansi-escapes'
import { createLogUpdate } from 'log-update'
import stringWidth from 'string-width'
import type { Size } from './frame.ts'
import type { ProgressIo } from './progress-display.ts'

/** The part of a terminal that is drawn again and again. */
export interface Screen {
  /** The terminal's size; that of a small terminal if it is not known. */
  size(): Size
  /** Replaces the lines that were drawn before. */
  draw(lines: readonly string[]): void
  /** Replaces them for good, and gives the terminal back. */
  end(lines: readonly string[]): void
}

type Stream = ProgressIo['stderr']

/** Takes the terminal over. What others write meanwhile appears above the lines that are drawn. */
export function openScreen(stderr: Stream): Screen {
  const write = stderr.write.bind(stderr)
  const size = () => ({ columns: stderr.columns || 80, rows: stderr.rows || 24 })
  const log = createLogUpdate(ownStream(stderr, write), { showCursor: true })
  const showCursor = () => void write(ansiEscapes.cursorShow)
  let drawn: readonly string[] = []
  let width = size().columns
  const clear = () => {
    write(eraseWrapped(drawn, width, size().columns))
    log.clear()
    drawn = []
  }
  const draw = (lines: readonly string[]) => {
    if (size().columns !== width) clear()
    width = size().columns
    drawn = lines
    log(lines.join('\n'))
  }
  write(ansiEscapes.cursorHide)
  process.once('exit', showCursor)
  const release = intercept(stderr, text => {
    const lines = drawn
    clear()
    write(text.endsWith('\n') ? text : `${text}\n`)
    draw(lines)
  })
  return {
    size,
    draw,
    end(lines) {
      release()
      clear()
      write(lines.map(line => `${line}\n`).join(''))
      showCursor()
      process.off('exit', showCursor)
    },
  }
}

/** The stream as log-update sees it: it writes past the interception. */
function ownStream(stderr: Stream, write: Stream['write']): NodeJS.WriteStream {
  const own: NodeJS.WriteStream = Object.create(stderr)
  return Object.defineProperty(own, 'write', { value: write })
}

/** A terminal that became narrower wraps the lines that it has: moves up by the lines that this adds. */
function eraseWrapped(lines: readonly string[], before: number, columns: number): string {
  if (columns >= before) return ''
  const added = lines.map(line => Math.max(0, Math.ceil(stringWidth(line) / columns) - 1))
  const sum = added.reduce((total, more) => total + more, 0)
  return sum === 0 ? '' : ansiEscapes.eraseLines(sum + 1)
}

function intercept(stderr: Stream, take: (text: string) => void): () => void {
  const { write } = stderr
  stderr.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]) => {
    take(stripVTControlCharacters(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()))
    const done = rest.findLast(one => typeof one === 'function')
    if (typeof done === 'function') done()
    return true
  }
  return () => {
    stderr.write = write
  }
}
