import { describe, expect, it } from 'vitest'
import { finalError, parseCriLog } from '../../../src/observe/start/final-error.ts'
import { wholeLines } from '../../../src/observe/start/klog-values.ts'

describe('klog values of several lines', () => {
  it.each<[string, string[], string[]]>([
    [
      'is joined into one line',
      ['E1 x.go:1] "failed" err=<', '\tone "a"', '\ttwo', ' >'],
      ['E1 x.go:1] "failed" err="one \\"a\\"\\ntwo"'],
    ],
    [
      'is read as journalctl prints it',
      ['"failed" err=<', '        one', '        \ttwo', ' >'],
      ['"failed" err="one\\n\\ttwo"'],
    ],
    [
      'keeps the text that follows it',
      ['"failed" err=<', '\tone', ' > logger="x"', 'next'],
      ['"failed" err="one" logger="x"', 'next'],
    ],
    ['can be followed by another value', ['a=<', '\t1', ' > b=<', '\t2', ' > c="3"'], ['a="1" b="2" c="3"']],
    ['can have empty lines', ['a=<', '\t1', '\t', '\t2', ' >'], ['a="1\\n\\n2"']],
    ['ends at the end of the log', ['x', 'a=<', '\t1'], ['x', 'a="1"']],
    ['ends at the next entry', ['a=<', '\t1', 'next'], ['a="1"', 'next']],
    ['stays unchanged when its beginning is cut off', ['\t1', ' >', 'next'], ['\t1', ' >', 'next']],
    ['does not include ordinary indented text', ['Usage:', '\t--x', 'a < b'], ['Usage:', '\t--x', 'a < b']],
  ])('a klog value of several lines %s', (_, lines, whole) => {
    expect(wholeLines(lines)).toEqual(whole)
  })

  it('the last words of a static pod join a klog value of several lines and the parts of long lines', () => {
    const text = [
      ['stderr', 'F', 'E1130 02:00:00.000000       1 run.go:72] "command failed" err=<'],
      ['stderr', 'P', '\tfirst '],
      ['stdout', 'F', 'something else'],
      ['stderr', 'F', 'line'],
      ['stderr', 'F', '\tsecond line'],
      ['stderr', 'F', ' >'],
    ].map(([stream, kind, piece]) => `2026-11-30T02:00:00Z ${stream} ${kind} ${piece}`)
    expect(finalError(parseCriLog(text.filter(line => !line.includes('else')).join('\n')))?.message).toBe(
      'first line second line',
    )
    expect(parseCriLog(text.slice(1, 4).join('\n'))).toEqual(['something else', '\tfirst line'])
  })
})
