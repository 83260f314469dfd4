import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { buildProgram, record, replay, type TerminalSize } from './terminal/recording.ts'

const sizes = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 30 },
]
const cases = sizes.flatMap(size => [1, 5, 50].map(hosts => ({ ...size, hosts })))

let program: Awaited<ReturnType<typeof buildProgram>>

beforeAll(async () => {
  program = await buildProgram(fileURLToPath(new URL('terminal/show-run.ts', import.meta.url)))
}, 60_000)
afterAll(() => program?.remove())

function show(size: TerminalSize, ...args: readonly (string | number)[]): Promise<string> {
  return record(`echo '$ kadm' && '${process.execPath}' '${program.path}' ${args.join(' ')}`, size)
}

describe('live progress on a terminal', () => {
  it.concurrent.for(cases)(
    'live progress fits $columns columns in every frame and leaves a summary (hosts: $hosts)',
    { timeout: 60_000 },
    async ({ hosts, ...size }, { expect }) => {
      const { frames, last } = await replay(await show(size, hosts), size)
      expect(frames.length).toBeGreaterThan(5)
      for (const { lines, wrapped, scrolled } of [...frames, last]) {
        const prompts = lines.flatMap((line, i) => (line === '$ kadm' ? [i] : []))
        expect({ wrapped, scrolled, prompts }).toEqual({ wrapped: [], scrolled: 0, prompts: [0] })
      }
      await expect(last.lines.join('\n')).toMatchFileSnapshot(`terminal/${hosts}-hosts-${size.columns}.txt`)
    },
  )

  it.concurrent('live progress shows what others write above the list', { timeout: 60_000 }, async ({ expect }) => {
    const size = { columns: 80, rows: 24 }
    const { frames, last } = await replay(await show(size, 5, 'write'), size)
    const text = '(node:1) Warning: written past the list'
    expect(frames.at(-1)?.lines.slice(0, 2)).toEqual(['$ kadm', text])
    expect(last.lines.filter(line => line === text)).toHaveLength(1)
  })

  it.concurrent('live progress fits a terminal that becomes narrower', { timeout: 60_000 }, async ({ expect }) => {
    const before = { columns: 120, rows: 24 }
    const recording = await show(before, 5, 'narrow')
    const { frames, last } = await replay(recording, before, { columns: 60, rows: 24 })
    expect(frames.filter(({ columns }) => columns === 60).length).toBeGreaterThan(5)
    // The list is also cleared once, when it gets its new width.
    for (const { lines, wrapped } of frames.filter(screen => screen.lines.length > 1)) {
      expect({ wrapped, prompt: lines[0], ours: rowsOfFirst(lines) }).toEqual({
        wrapped: [],
        prompt: '$ kadm',
        ours: 1,
      })
    }
    expect([last.lines[0], last.wrapped, rowsOfFirst(last.lines)]).toEqual(['$ kadm', [], 1])
  })
})

/** Of a list that is drawn again, nothing is left behind: each host has one line. */
function rowsOfFirst(lines: readonly string[]): number {
  return lines.filter(line => /^\S node-1( |$)/.test(line)).length
}
