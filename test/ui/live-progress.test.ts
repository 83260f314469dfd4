import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { makeProgress } from '../../src/ui/progress.ts'
import { fakeIo, initRun, joinRun } from './sample-run.ts'
import { screenAfter } from './screen.ts'

/** Waits until the list has drawn a text. */
async function drawn(io: ReturnType<typeof fakeIo>, text: string): Promise<void> {
  while (!io.plain().includes(text)) await sleep(10)
}

describe('live progress', () => {
  it('live progress draws running, waiting and skipped phases and warnings during the run', async () => {
    const io = fakeIo({ isTTY: true })
    const progress = makeProgress('auto', io)
    for (const event of initRun.slice(0, 9)) progress.emit(event)
    await drawn(io, 'Waiting for')
    const screen = await screenAfter(io.written())
    await progress.close()
    expect(screen).toMatchInlineSnapshot(`
      "✓ certs  2 steps  0.6s
        ! the certificate expires in 3 days
      - etcd  skipped, etcd is external
      ⠋ kubelet-start  Start the kubelet: Waiting for /healthz for up to 4m0s
      · mark-control-plane"
    `)
  })

  it('live progress leaves one line for each step after the run', async () => {
    const io = fakeIo({ isTTY: true })
    const progress = makeProgress('auto', io)
    for (const event of initRun) progress.emit(event)
    await progress.close()
    expect(await screenAfter(io.written())).toMatchInlineSnapshot(`
      "✓ certs/ca            Generate the CA
      ! certs/apiserver     Generate the apiserver certificate  0.6s
      - etcd/local          Write the etcd static pod: skipped, etcd is external
      ✓ kubelet-start       Start the kubelet  1m05s
      ✓ mark-control-plane  Label and taint the node
      1 warning:
        ! [certs] the certificate expires in 3 days
      init done in 1m06s: 4 steps, 3 changes"
    `)
  })

  it('live progress shows one line for each node and the number of steps that did not start', async () => {
    const io = fakeIo({ isTTY: true })
    const progress = makeProgress('auto', io)
    for (const event of joinRun) progress.emit(event)
    await drawn(io, 'w2  Start the kubelet: failed')
    const drawing = io.written()
    await progress.close()
    const failed = drawing.indexOf('failed  0/2  1.2s') + 'failed  0/2  1.2s'.length
    expect([await screenAfter(drawing.slice(0, failed)), await screenAfter(io.written())]).toMatchInlineSnapshot(`
      [
        "✓ w1  3.2s
        ! swap is on
      ✗ w2  Start the kubelet: failed  0/2  1.2s",
        "! w1  kubelet-start  Start the kubelet  3.2s
      ✗ w2  kubelet-start  Start the kubelet: failed after 1.2s
      1 warning:
        ! [kubelet-start] w1: swap is on
      join not finished: 1 step not started",
      ]
    `)
  })

  it('live progress cuts long lines to the width of the terminal', async () => {
    const io = fakeIo({ isTTY: true, columns: 24 })
    const progress = makeProgress('auto', io)
    for (const event of initRun.slice(0, 4)) progress.emit(event)
    await drawn(io, 'certs  Generate the …')
    await progress.close()
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
