import { describe, expect, it } from 'vitest'
import { wholeLines } from '../../../src/observe/start/klog-values.ts'
import { lastWords, parseCriLog } from '../../../src/observe/start/last-words.ts'

describe('a value of several lines in a log of klog', () => {
  it.each<[string, string[], string[]]>([
    [
      'is put into one line',
      ['E1 x.go:1] "failed" err=<', '\tone "a"', '\ttwo', ' >'],
      ['E1 x.go:1] "failed" err="one \\"a\\"\\ntwo"'],
    ],
    [
      'is read as journalctl prints it',
      ['"failed" err=<', '        one', '        \ttwo', ' >'],
      ['"failed" err="one\\n\\ttwo"'],
    ],
    [
      'keeps what follows it',
      ['"failed" err=<', '\tone', ' > logger="x"', 'next'],
      ['"failed" err="one" logger="x"', 'next'],
    ],
    ['may be followed by another', ['a=<', '\t1', ' > b=<', '\t2', ' > c="3"'], ['a="1" b="2" c="3"']],
    ['may have empty lines', ['a=<', '\t1', '\t', '\t2', ' >'], ['a="1\\n\\n2"']],
    ['may be cut off by the end', ['x', 'a=<', '\t1'], ['x', 'a="1"']],
    ['may be cut off by another entry', ['a=<', '\t1', 'next'], ['a="1"', 'next']],
    ['has no beginning that a shortened log lacks', ['\t1', ' >', 'next'], ['\t1', ' >', 'next']],
    ['is not an ordinary indented text', ['Usage:', '\t--x', 'a < b'], ['Usage:', '\t--x', 'a < b']],
  ])('%s', (_, lines, whole) => {
    expect(wholeLines(lines)).toEqual(whole)
  })

  it('is the last words of a static pod, with the pieces of its long lines put together', () => {
    const text = [
      ['stderr', 'F', 'E1130 02:00:00.000000       1 run.go:72] "command failed" err=<'],
      ['stderr', 'P', '\tfirst '],
      ['stdout', 'F', 'something else'],
      ['stderr', 'F', 'line'],
      ['stderr', 'F', '\tsecond line'],
      ['stderr', 'F', ' >'],
    ].map(([stream, kind, piece]) => `2026-11-30T02:00:00Z ${stream} ${kind} ${piece}`)
    expect(lastWords(parseCriLog(text.filter(line => !line.includes('else')).join('\n')))?.message).toBe(
      'first line second line',
    )
    expect(parseCriLog(text.slice(1, 4).join('\n'))).toEqual(['something else', '\tfirst line'])
  })
})
