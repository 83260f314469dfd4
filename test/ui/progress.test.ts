import { describe, expect, it, vi } from 'vitest'
import type { Event } from '../../src/pipeline/events.ts'
import { makeProgress, type ProgressMode } from '../../src/ui/progress.ts'
import { canDraw, hasColor } from '../../src/ui/terminal.ts'
import { fakeIo, initRun, joinRun } from './sample-run.ts'

async function show(mode: ProgressMode, events: readonly Event[], io = fakeIo()) {
  const progress = makeProgress(mode, io)
  for (const event of events) progress.emit(event)
  await progress.close()
  return io.written()
}

describe('plain progress', () => {
  it('plain progress prints a line for each step that ends, and the warnings at the end', async () => {
    expect(await show('plain', initRun)).toMatchInlineSnapshot(`
      "[certs] Generate the CA: done after 0.1s
      WARNING [certs] the certificate expires in 3 days
      [certs] Generate the apiserver certificate: done after 0.6s
      [etcd] Write the etcd static pod: skipped, etcd is external
      [kubelet-start] Waiting for /healthz
      [kubelet-start] for up to 4m0s
      [kubelet-start] Start the kubelet: done after 1m05s
      [mark-control-plane] Label and taint the node: done after 0.0s
      [init] done in 1m06s
      1 warning:
        ! [certs] the certificate expires in 3 days
      "
    `)
  })

  it('plain progress prints the node when there are several nodes', async () => {
    expect(await show('plain', joinRun)).toMatchInlineSnapshot(`
      "WARNING [kubelet-start] w1: swap is on
      [kubelet-start] w1: Start the kubelet: done after 3.2s
      [kubelet-start] w2: Start the kubelet: failed after 1.2s: systemctl restart kubelet exited 5
      1 warning:
        ! [kubelet-start] w1: swap is on
      "
    `)
  })

  it('auto progress is plain progress without a terminal', async () => {
    expect(await show('auto', initRun)).toBe(await show('plain', initRun))
  })

  it('plain progress colors warnings, failures and skipped steps', async () => {
    const text = await show('plain', [...initRun, ...joinRun], fakeIo({ env: { FORCE_COLOR: '1' } }))
    expect(text).toContain('\u001b[1mWARNING\u001b[22m')
    expect(text).toContain('\u001b[31m[kubelet-start]')
    expect(text).toContain('\u001b[2m[etcd]')
  })
})

describe('plain progress in a GitHub workflow', () => {
  const env = { GITHUB_ACTIONS: 'true' }

  it('plain progress folds the steps of a run, and not its end and its warnings', async () => {
    expect(await show('plain', initRun, fakeIo({ env }))).toMatchInlineSnapshot(`
      "::group::kadm init: 5 steps
      [certs] Generate the CA: done after 0.1s
      WARNING [certs] the certificate expires in 3 days
      [certs] Generate the apiserver certificate: done after 0.6s
      [etcd] Write the etcd static pod: skipped, etcd is external
      [kubelet-start] Waiting for /healthz
      [kubelet-start] for up to 4m0s
      [kubelet-start] Start the kubelet: done after 1m05s
      [mark-control-plane] Label and taint the node: done after 0.0s
      ::endgroup::
      [init] done in 1m06s
      1 warning:
        ! [certs] the certificate expires in 3 days
      "
    `)
  })

  it('plain progress ends the folded part of a run that fails', async () => {
    const lines = (await show('plain', joinRun, fakeIo({ env }))).split('\n')
    expect(lines[0]).toBe('::group::kadm join: 3 steps')
    expect(lines.filter(line => line === '::endgroup::')).toHaveLength(1)
  })
})

describe('the output for a terminal', () => {
  const terminal = { isTTY: true }

  it.each([
    ['a terminal', terminal, {}, { color: true, draws: true }],
    ['a pipe', {}, {}, { color: false, draws: false }],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, { color: false, draws: false }],
    ['NO_COLOR', terminal, { NO_COLOR: '1' }, { color: false, draws: true }],
    ['an empty NO_COLOR', terminal, { NO_COLOR: '' }, { color: true, draws: true }],
    ['FORCE_COLOR in a pipe', {}, { FORCE_COLOR: '1' }, { color: true, draws: false }],
    ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, { color: false, draws: true }],
    ['both NO_COLOR and FORCE_COLOR', terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, { color: false, draws: true }],
    ['the terminal of a CI job', terminal, { CI: 'true' }, { color: true, draws: false }],
    ['CI=false', terminal, { CI: 'false' }, { color: true, draws: true }],
  ])('color and a moving list depend on the terminal and the environment: %s', (_, stream, env, expected) => {
    expect({ color: hasColor(stream, env), draws: canDraw(stream, env) }).toEqual(expected)
  })

  it('plain progress has no cursor codes and no colors without a terminal', async () => {
    expect(await show('auto', [...initRun, ...joinRun])).not.toMatch(/[^\P{Cc}\n]/u)
  })
})

describe('quiet progress', () => {
  it('quiet progress prints only warnings', async () => {
    expect(await show('quiet', [...initRun, ...joinRun])).toMatchInlineSnapshot(`
      "WARNING [certs] the certificate expires in 3 days
      WARNING [kubelet-start] w1: swap is on
      "
    `)
  })
})

describe('json progress', () => {
  it('json progress prints one object per line with the names of the changes', async () => {
    expect(await show('json', initRun)).toMatchInlineSnapshot(`
      "{"type":"run-started","time":"2026-01-02T03:04:05.000Z","intent":"init","steps":5}
      {"type":"step-started","time":"2026-01-02T03:04:05.000Z","phase":"certs/ca","node":"cp-1","text":"Generate the CA"}
      {"type":"step-done","time":"2026-01-02T03:04:05.000Z","phase":"certs/ca","node":"cp-1","ms":120,"changes":{"count":2,"names":["file /etc/kubernetes/pki/ca.crt","file /etc/kubernetes/pki/ca.key"]}}
      {"type":"step-started","time":"2026-01-02T03:04:05.000Z","phase":"certs/apiserver","node":"cp-1","text":"Generate the apiserver certificate"}
      {"type":"step-note","time":"2026-01-02T03:04:05.000Z","phase":"certs/apiserver","node":"cp-1","kind":"warning","text":"the certificate expires in 3 days"}
      {"type":"step-done","time":"2026-01-02T03:04:05.000Z","phase":"certs/apiserver","node":"cp-1","ms":640,"changes":{"count":0,"names":[]}}
      {"type":"step-skipped","time":"2026-01-02T03:04:05.000Z","phase":"etcd/local","node":"cp-1","text":"etcd is external"}
      {"type":"step-started","time":"2026-01-02T03:04:05.000Z","phase":"kubelet-start","node":"cp-1","text":"Start the kubelet"}
      {"type":"step-note","time":"2026-01-02T03:04:05.000Z","phase":"kubelet-start","node":"cp-1","kind":"progress","text":"Waiting for /healthz\\nfor up to 4m0s"}
      {"type":"step-done","time":"2026-01-02T03:04:05.000Z","phase":"kubelet-start","node":"cp-1","ms":65200,"changes":{"count":1,"names":["exec systemctl restart kubelet"]}}
      {"type":"step-started","time":"2026-01-02T03:04:05.000Z","phase":"mark-control-plane","node":"cp-1","text":"Label and taint the node"}
      {"type":"step-done","time":"2026-01-02T03:04:05.000Z","phase":"mark-control-plane","node":"cp-1","ms":30,"changes":{"count":0,"names":[]}}
      {"type":"run-done","time":"2026-01-02T03:04:05.000Z","ms":66010}
      "
    `)
  })

  it('json progress contains the error code of a failed step', async () => {
    const lines = (await show('json', joinRun)).trimEnd().split('\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
      type: 'step-failed',
      time: '2026-01-02T03:04:05.000Z',
      phase: 'kubelet-start',
      node: 'w2',
      ms: 1240,
      code: 'COMMAND_FAILED',
      text: 'systemctl restart kubelet exited 5',
    })
  })
})

it.each(['auto', 'live', 'plain', 'json', 'quiet'] as const)(
  '%s progress prints no file content and no result, and nothing to stdout',
  async mode => {
    const stdout = vi.spyOn(process.stdout, 'write')
    try {
      const text = await show(mode, initRun, fakeIo({ isTTY: mode === 'auto' }))
      expect(text).not.toMatch(/PRIVATE KEY|PUBLIC|abcdef/)
      expect(stdout).not.toHaveBeenCalled()
    } finally {
      stdout.mockRestore()
    }
  },
)
