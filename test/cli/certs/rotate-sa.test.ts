import { describe, expect, it } from 'vitest'
import { runKadm } from '../run-kadm.ts'

describe('the command line of certs rotate-sa', () => {
  it.each([
    ['no step', [], /missing required argument/],
    ['an unknown step', ['rotate'], /rotate is not a step of rotate-sa/],
    ['an age without a unit', ['finish', '--min-age', '5'], /--min-age 5 is not a duration/],
  ])('certs rotate-sa rejects %s before it reaches a host', async (_, words, says) => {
    const { code, stderr } = await runKadm(['certs', 'rotate-sa', ...words])
    expect([code, stderr]).toEqual([2, expect.stringMatching(says)])
  })
})
