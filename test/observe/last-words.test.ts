import { describe, expect, it } from 'vitest'
import { lastWords, parseCriLog } from '../../src/observe/last-words.ts'

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
    ['of a kubelet without its port', ['E1 server.go:212] "Failed to listen and serve" err="in use"'], 'in use'],
    [
      'of klog',
      ['I1 start', 'E1123 09:50:11.695362       1 run.go:72] "command failed" err="mode \\"Nope\\" is bad"'],
      'mode "Nope" is bad',
    ],
    ['of klog, fatal', ['F1123 09:50:11.695362       1 server.go:1] cannot go on', 'goroutine 1'], 'cannot go on'],
    [
      'of etcd',
      ['{"level":"fatal","msg":"discovery failed","error":"bind: in use"}', 'x'],
      'discovery failed: bind: in use',
    ],
    ['of etcd without an error', ['{"level":"panic","msg":"no space"}'], 'no space'],
    ['of etcd, cut off', ['{"level":"fatal","msg":"disc'], '{"level":"fatal","msg":"disc'],
    ['of Go', ['panic: nil map', '', 'goroutine 1 [running]:', 'main.main()'], 'panic: nil map'],
    ['of something else', ['exec: no such file', ''], 'exec: no such file'],
    ['of silence', ['', ' '], undefined],
  ])('%s', (_title, log, message) => {
    expect(lastWords(log)?.message).toBe(message)
  })

  it('come with the lines around them, long ones cut', () => {
    const before = Array.from({ length: 40 }, (_, i) => `line ${i}`)
    const excerpt = lastWords([...before, 'Error: x', 'y'.repeat(1000)])?.excerpt.split('\n') ?? []
    expect(excerpt.slice(-3)).toEqual(['line 39', 'Error: x', `${'y'.repeat(500)}…`])
    expect(excerpt).toHaveLength(16)
  })
})

describe('a log in CRI format', () => {
  it('is read with the pieces of long lines put together', () => {
    const text =
      '2026-01-01T00:00:00Z stderr P one \n2026-01-01T00:00:00Z stderr F line\ncut off\n2026-01-01T00:00:00Z stdout F \n'
    expect(parseCriLog(text)).toEqual(['one line', ''])
  })

  it('keeps a piece whose end is not there yet', () => {
    expect(parseCriLog('2026-01-01T00:00:00Z stderr P half')).toEqual(['half'])
  })
})
