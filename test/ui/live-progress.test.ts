import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/pipeline/events.ts'
import { frameLines } from '../../src/ui/frame.ts'
import { palette } from '../../src/ui/palette.ts'
import { makeProgress } from '../../src/ui/progress.ts'
import { summaryLines } from '../../src/ui/run-summary.ts'
import { makeRunView } from '../../src/ui/run-view.ts'
import { fakeIo, initRun, joinRun, step } from './sample-run.ts'

const size = { columns: 80, rows: 24 }

function viewOf(events: readonly Event[]) {
  const run = makeRunView(() => 0)
  for (const event of events) run.apply(event)
  return run
}

const frame = (events: readonly Event[], of = size, now = 0) => frameLines(viewOf(events), of, now, palette(false))
const summary = (events: readonly Event[], of = size) => summaryLines(viewOf(events), of, palette(false))

/** A join of so many hosts, up to the first step; those whose number ends with 3 fail. */
function manyHosts(count: number): readonly Event[] {
  const steps = Array.from({ length: count }, (_, i) => step('kubelet-start', 'Start the kubelet', `w${i + 1}`))
  const error = new Error('exited 5')
  return [
    { type: 'run-started', intent: 'join', steps },
    ...steps.slice(0, -2).map((one): Event => ({ type: 'step-started', step: one })),
    ...steps.slice(0, -9).map((one): Event => {
      return one.node.name.endsWith('3')
        ? { type: 'step-failed', step: one, ms: 900, error, changes: [] }
        : { type: 'step-done', step: one, ms: 800, changes: [] }
    }),
  ]
}

describe('live progress', () => {
  it('live progress draws running, waiting and skipped phases and warnings during the run', () => {
    expect(frame(initRun.slice(0, 9)).join('\n')).toMatchInlineSnapshot(`
      "✓ certs               2/2  0.6s
        ! the certificate expires in 3 days
      - etcd                           skipped, etcd is external
      ⠋ kubelet-start       0/1        Start the kubelet: Waiting for /healthz for u…
      · mark-control-plane"
    `)
  })

  it('live progress leaves one line for each step after the run', () => {
    expect(summary(initRun).join('\n')).toMatchInlineSnapshot(`
      "✓ certs/ca                   Generate the CA
      ! certs/apiserver      0.6s  Generate the apiserver certificate
      - etcd/local                 Write the etcd static pod: skipped, etcd is exter…
      ✓ kubelet-start       1m05s  Start the kubelet
      ✓ mark-control-plane         Label and taint the node
      1 warning:
        ! [certs] the certificate expires in 3 days
      init done in 1m06s: 4 steps, 3 changes"
    `)
  })

  it('live progress shows one line for each node and the number of steps that did not start', () => {
    expect(frame(joinRun).join('\n')).toMatchInlineSnapshot(`
      "✓ w1  1/1  3.2s
        ! swap is on
      ✗ w2  0/2  1.2s  Start the kubelet: failed"
    `)
    expect(summary(joinRun).join('\n')).toMatchInlineSnapshot(`
      "! w1  kubelet-start  3.2s  Start the kubelet
      ✗ w2  kubelet-start  1.2s  Start the kubelet: failed
      1 warning:
        ! [kubelet-start] w1: swap is on
      join not finished: 1 step not started"
    `)
  })

  it('live progress wraps long warnings between words in the summary', () => {
    const run = joinRun.map((event): Event => {
      if (event.type !== 'step-note' || event.note.kind !== 'warning') return event
      return {
        ...event,
        note: { kind: 'warning', text: 'swap is on, and the kubelet of this host does not allow that' },
      }
    })
    expect(summary(run, { columns: 40, rows: 24 }).slice(2).join('\n')).toMatchInlineSnapshot(`
      "1 warning:
        ! [kubelet-start] w1: swap is on,
          and the kubelet of this host does
          not allow that
      join not finished: 1 step not
          started"
    `)
  })

  it('live progress sums up phases and counts warnings on a terminal with few lines', () => {
    expect(frame(initRun.slice(0, 9), { columns: 60, rows: 5 }).join('\n')).toMatchInlineSnapshot(`
      "⠋ 1 phase  Start the kubelet: kubelet-start
      ✓ 1 phase  done: certs
      - 1 phase  skipped: etcd
      4 phases: 1 running, 1 done, 1 skipped, 1 waiting  0.0s"
    `)
    expect(summary(initRun, { columns: 60, rows: 9 }).join('\n')).toMatchInlineSnapshot(`
      "! certs               2 steps  2 changes  0.6s
      - etcd                skipped, etcd is external
      ✓ kubelet-start       1 step   1 change   1m05s
      ✓ mark-control-plane  1 step   0 changes  0.0s
      1 warning:
        ! [certs] the certificate expires in 3 days
      init done in 1m06s: 4 steps, 3 changes"
    `)
    expect(summary(initRun, { columns: 60, rows: 7 }).join('\n')).toMatchInlineSnapshot(`
      "✓ 4 phases done: certs, etcd, kubelet-start, mark-control-…
      1 warning:
        ! [certs] the certificate expires in 3 days
      init done in 1m06s: 4 steps, 3 changes"
    `)
  })

  it('live progress sums up hosts that do not fit the terminal and shows those that failed', () => {
    expect(frame(manyHosts(40), { columns: 60, rows: 24 }, 5000).join('\n')).toMatchInlineSnapshot(`
      "✗ w3   0/1  0.9s  Start the kubelet: failed
      ✗ w13  0/1  0.9s  Start the kubelet: failed
      ✗ w23  0/1  0.9s  Start the kubelet: failed
      ⠋ 7 hosts  Start the kubelet: w32, w33, w34, w35, w36, w37…
      ✓ 28 hosts  done: w1, w2, w4, w5, w6, w7, w8, w9, w10, w11…
      · 2 hosts  waiting: w39, w40
      40 hosts: 3 failed, 7 running, 28 done, 2 waiting  5.0s"
    `)
    expect(summary(manyHosts(40), { columns: 60, rows: 24 }).join('\n')).toMatchInlineSnapshot(`
      "✓ 28 hosts done: w1, w2, w4, w5, w6, w7, w8, w9, w10, w11,…
      … 7 hosts not finished: w32, w33, w34, w35, w36, w37, w38
      ✗ w3   kubelet-start  0.9s  Start the kubelet: failed
      ✗ w13  kubelet-start  0.9s  Start the kubelet: failed
      ✗ w23  kubelet-start  0.9s  Start the kubelet: failed
      join not finished: 2 steps not started"
    `)
  })

  it.each([4, 8, 24])('live progress fits %d lines when more hosts fail than there are lines', rows => {
    const lines = frame(manyHosts(500), { columns: 80, rows })
    expect(lines.length).toBeLessThan(rows)
    expect(lines.at(-1)).toMatch(/^500 hosts: 49 failed, 7 running, 442 done, 2 waiting/)
    expect(lines.find(line => line.includes('more hosts failed'))).toMatch(/more hosts failed: w.* more$/)
  })

  it('live progress shows the cursor again at the end', async () => {
    const io = fakeIo({ isTTY: true })
    const progress = makeProgress('auto', io)
    for (const event of initRun) progress.emit(event)
    await progress.close()
    expect(io.written().lastIndexOf('\u001b[?25h')).toBeGreaterThan(io.written().lastIndexOf('\u001b[?25l'))
  })

  it('live progress that is not closed lets the process exit with the cursor visible', () => {
    const script = fileURLToPath(new URL('abandoned-run.ts', import.meta.url))
    const { status, stderr, stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
    expect(status).toBe(0)
    expect(stdout).toBe('')
    expect(stderr.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stderr.lastIndexOf('\u001b[?25l'))
  })

  it('live progress prints nothing when no run starts', async () => {
    const io = fakeIo({ isTTY: true })
    await makeProgress('auto', io).close()
    expect(io.written()).toBe('')
  })
})
