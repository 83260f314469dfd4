import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import xterm from '@xterm/headless'
import { build } from 'esbuild'
import { resizeMark } from './marks.ts'

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/** What a terminal has at one moment: every line from the first that was written, and those of them that are continued. */
export interface Screen {
  readonly lines: readonly string[]
  readonly wrapped: readonly string[]
  /** Lines that went out at the top. */
  readonly scrolled: number
  readonly columns: number
}

/** The program that draws a run, as one file that starts fast. */
export async function buildProgram(entry: string): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'kadm-terminal-'))
  const path = join(directory, 'program.mjs')
  const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"
  await build({
    entryPoints: [entry],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: banner },
  })
  return { path, remove: () => rm(directory, { recursive: true }) }
}

export interface RecordOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Takes what the command writes, at the time when it does. */
  readonly onText?: (text: string) => void
}

/** Runs a command in a pseudo terminal of this size, and returns all that it wrote there. */
export function record(
  command: string,
  { columns, rows }: TerminalSize,
  { env = {}, onText = () => {} }: RecordOptions = {},
): Promise<string> {
  const inside = `stty rows ${rows} cols ${columns} && ${command}`
  const terminal = { TERM: 'xterm-256color', CI: '', NO_COLOR: '', ...env }
  const child = spawn('script', ['-qec', inside, '/dev/null'], { env: { ...process.env, ...terminal } })
  let written = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    written += text
    onText(text)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => {
      if (code === 0) resolve(written)
      else reject(new Error(`${command} exited ${code}\n${written}`))
    })
  })
}

/** log-update writes each frame as a whole that the terminal shows at once. */
const frameEnd = '\u001b[?2026l'
const esc = '\u001b'
const afterFrame = new RegExp(`(?<=${esc}\\[\\?2026l)`)

/**
 * Shows a recording on a terminal of this size: the screen after each frame, and at the end. The terminal becomes narrower
 * at the mark of the program.
 */
export async function replay(
  recording: string,
  { columns, rows }: TerminalSize,
  narrower?: TerminalSize,
): Promise<{ readonly frames: readonly Screen[]; readonly last: Screen }> {
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true })
  const write = (text: string) => new Promise<void>(resolve => terminal.write(text, resolve))
  const frames: Screen[] = []
  for (const piece of recording.split(afterFrame)) {
    const [text = '', ...after] = piece.split(resizeMark)
    await write(text)
    if (after.length > 0 && narrower !== undefined) terminal.resize(narrower.columns, narrower.rows)
    await write(after.join(''))
    if (piece.endsWith(frameEnd)) frames.push(screenOf(terminal))
  }
  const last = screenOf(terminal)
  terminal.dispose()
  return { frames, last }
}

function screenOf({ buffer: { active }, cols }: InstanceType<typeof xterm.Terminal>): Screen {
  const end = active.baseY + active.cursorY
  const all = Array.from({ length: active.length }, (_, i) => active.getLine(i)).slice(0, end + 1)
  const lines = all.map(line => line?.translateToString(true) ?? '')
  return {
    lines: lines.at(-1) === '' ? lines.slice(0, -1) : lines,
    wrapped: all.flatMap((line, i) => (line?.isWrapped === true ? [lines[i] ?? ''] : [])),
    scrolled: active.baseY,
    columns: cols,
  }
}
