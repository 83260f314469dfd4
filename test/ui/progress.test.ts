import { describe, expect, it, vi } from 'vitest'
import type { Event } from '../../src/pipeline/events.ts'
import { makeProgress, type ProgressMode } from '../../src/ui/progress.ts'
import { fakeIo, initRun, joinRun } from './sample-run.ts'

async function show(mode: ProgressMode, events: readonly Event[], io = fakeIo()) {
  const progress = makeProgress(mode, io)
  for (const event of events) progress.emit(event)
  await progress.close()
  return io.written()
}

describe('plain progress', () => {
  it('plain progress prints lines as kubeadm does, durations of long steps and the warnings at the end', async () => {
    expect(await show('plain', initRun)).toMatchInlineSnapshot(`
      "[certs] Generate the CA
      [certs] Generate the apiserver certificate
      WARNING [certs] the certificate expires in 3 days
      [certs] Generate the apiserver certificate: done after 0.6s
      [etcd] Write the etcd static pod: skipped, etcd is external
      [kubelet-start] Start the kubelet
      [kubelet-start] Waiting for /healthz
      [kubelet-start] for up to 4m0s
      [kubelet-start] Start the kubelet: done after 1m05s
      [mark-control-plane] Label and taint the node
      [init] done in 1m06s
      1 warning:
        ! [certs] the certificate expires in 3 days
      "
    `)
  })

  it('plain progress prints the node when there are several nodes', async () => {
    expect(await show('plain', joinRun)).toMatchInlineSnapshot(`
      "[kubelet-start] w1: Start the kubelet
      [kubelet-start] w2: Start the kubelet
      WARNING [kubelet-start] w1: swap is on
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
    const text = await show('plain', [...initRun, ...joinRun], fakeIo({ color: true }))
    expect(text).toContain('\u001b[33mWARNING\u001b[39m')
    expect(text).toContain('\u001b[31m[kubelet-start]')
    expect(text).toContain('\u001b[2m[etcd]')
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
