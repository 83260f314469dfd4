import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { afterMark, marked } from '../../../src/host/ssh/mark.ts'

const { stdout } = spawnSync('/bin/sh', ['-c', `echo welcome; printf '\\001'; ${marked('echo one; echo two')}`])

/** Returns the output for these bytes in chunks of this size. */
function taken(bytes: Buffer, size: number): string {
  let text = ''
  const { take } = afterMark(chunk => {
    text += Buffer.from(chunk).toString()
  })
  for (let at = 0; at < bytes.length; at += size) take(bytes.subarray(at, at + size))
  return text
}

describe('the output of a script', () => {
  it.each([1, 2, 7, 1000])(
    'the output of a script starts after the text of the login shell, in pieces of %i bytes',
    size => {
      expect(stdout.toString()).toContain('welcome')
      expect(taken(stdout, size)).toBe('one\ntwo\n')
    },
  )

  it('the output of a script is empty when the script did not run', () => {
    expect(taken(Buffer.from('welcome\nno such shell\n'), 5)).toBe('')
  })
})
