import { describe, expect, it } from 'vitest'
import { finalError, parseCriLog } from '../../../src/observe/start/final-error.ts'

describe('the last words of a log', () => {
  it.each<[string, string[], string | undefined]>([
    ['of cobra', ['Error: unknown flag: --foo', 'Usage: x'], 'unknown flag: --foo'],
    [
      'of Go flags, which print their usage after',
      ['flag provided but not defined: -x', 'Usage:', '  y'],
      'flag provided but not defined: -x',
    ],
    [
      'of Go flags that cannot take a value',
      ['invalid value "never" for flag -heartbeat-interval: parse error', 'Usage:', '  y'],
      'invalid value "never" for flag -heartbeat-interval: parse error',
    ],
    ['of a kubelet whose port is in use', ['E1 server.go:212] "Failed to listen and serve" err="in use"'], 'in use'],
    [
      'of klog',
      ['I1 start', 'E1123 09:50:11.695362       1 run.go:72] "command failed" err="mode \\"Nope\\" is bad"'],
      'mode "Nope" is bad',
    ],
    [
      'of a fatal klog entry',
      ['F1123 09:50:11.695362       1 server.go:1] cannot go on', 'goroutine 1'],
      'cannot go on',
    ],
    [
      'of etcd',
      ['{"level":"fatal","msg":"discovery failed","error":"bind: in use"}', 'x'],
      'discovery failed: bind: in use',
    ],
    ['of etcd without an error', ['{"level":"panic","msg":"no space"}'], 'no space'],
    ['of etcd in a line that is cut off', ['{"level":"fatal","msg":"disc'], '{"level":"fatal","msg":"disc'],
    ['of Go', ['panic: nil map', '', 'goroutine 1 [running]:', 'main.main()'], 'panic: nil map'],
    ['of any other program in the last line', ['exec: no such file', ''], 'exec: no such file'],
    ['as undefined in a log of empty lines', ['', ' '], undefined],
  ])('lastWords finds the message %s', (_title, log, message) => {
    expect(finalError(log)?.message).toBe(message)
  })

  it('lastWords returns the surrounding lines and shortens long ones', () => {
    const before = Array.from({ length: 40 }, (_, i) => `line ${i}`)
    const excerpt = finalError([...before, 'Error: x', 'y'.repeat(1000)])?.excerpt.split('\n') ?? []
    expect(excerpt.slice(-3)).toEqual(['line 39', 'Error: x', `${'y'.repeat(500)}…`])
    expect(excerpt).toHaveLength(16)
  })
})

/** Recorded from real nodes. */
const e = (at: string, text: string) => `E1130 ${at}       1 x.go:1] ${text}`
const signing =
  'failed to init kubernetes.io/kubelet-serving certificate controller: error reading CA cert file \\"csr-controller::/etc/kubernetes/pki/ca.crt::/etc/kubernetes/pki/ca.key\\": expected 1 certificate, found 2'

describe('a log that ends in a standard line', () => {
  it.each<[string, string[], string]>([
    [
      'are the error just before them',
      [
        'I1130 02:44:15.878403       1 leaderelection.go:272] "Successfully acquired lease" lock="kube-system/kube-controller-manager"',
        `E1130 02:44:15.959726       1 controllermanager.go:637] "Error initializing a controller" err="${signing}" controller="certificatesigningrequest-signing-controller"`,
        `E1130 02:44:15.959748       1 controllermanager.go:278] "Error building controllers" err="${signing}"`,
        'E1130 02:44:15.959951       1 controllermanager.go:413] "leaderelection lost/stopped"',
      ],
      `Error building controllers: ${signing.replaceAll('\\"', '"')}`,
    ],
    [
      'are that line when the earlier errors are harmless',
      [
        e('01:58:10.938726', '"Error during discovery" err="x" logger="UnhandledError"'),
        e('01:58:13.983168', '"Error retrieving lease lock" err="leases \\"x\\" is forbidden" lock="x"'),
        'E1130 01:58:18.361881       1 server.go:337] "Leaderelection lost"',
      ],
      'Leaderelection lost',
    ],
    [
      'are that line when the earlier error is old',
      [e('01:00:00.000000', '"Something failed" err="x"'), e('01:58:18.361881', '"leaderelection lost"')],
      'leaderelection lost',
    ],
    ['are an error without a cause of its own', [e('01:00:00.000000', '"Cannot go on" x="y"')], 'Cannot go on'],
    ['are an error of etcd', ['{"level":"error","msg":"failed to serve","error":"in use"}'], 'failed to serve: in use'],
    [
      'are the last line when the last error is far above',
      [e('01:00:00.000000', '"Something failed" err="x"'), 'a', 'b', 'c', 'd'],
      'd',
    ],
  ])('the last words of a log that ends in a standard line %s', (_, log, message) => {
    expect(finalError(log)?.message).toBe(message)
  })
})

describe('parseCriLog', () => {
  it('parseCriLog joins the parts of a long line', () => {
    const text =
      '2026-01-01T00:00:00Z stderr P one \n2026-01-01T00:00:00Z stderr F line\ncut off\n2026-01-01T00:00:00Z stdout F \n'
    expect(parseCriLog(text)).toEqual(['one line', ''])
  })

  it('parseCriLog keeps a part whose last part is missing', () => {
    expect(parseCriLog('2026-01-01T00:00:00Z stderr P half')).toEqual(['half'])
  })
})
