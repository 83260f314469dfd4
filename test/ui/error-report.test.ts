import { describe, expect, it } from 'vitest'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { errorReport, exitCodeOf } from '../../src/ui/error-report.ts'

const failed = new KadmError('COMMAND_FAILED', 'exited 5', { output: 'no unit', hint: 'install it', status: 404 })
const preflight = new KadmError('PREFLIGHT_FAILED', 'swap', { problems: [{ field: 'Swap', message: 'is on' }] })

describe('errorReport', () => {
  it('errorReport adds output, status and hint from a cause with the same code', () => {
    const where = { phase: 'kubelet-start', node: 'cp-2' }
    const error = new KadmError('COMMAND_FAILED', 'exited 5', { cause: failed, where })
    expect(errorReport(error)).toEqual({
      code: 'COMMAND_FAILED',
      kind: 'step',
      exitCode: 1,
      message: 'exited 5',
      where,
      output: 'no unit',
      status: 404,
      hint: 'install it',
    })
  })

  it('errorReport omits the hint of a cause with another code', () => {
    const error = new KadmError('DISCOVERY_FAILED', 'no cluster', { cause: failed })
    expect(errorReport(error)).toEqual({ code: 'DISCOVERY_FAILED', kind: 'step', exitCode: 1, message: 'no cluster' })
  })

  it('errorReport lists each of several errors, also nested ones', () => {
    const report = errorReport(new AggregateError([failed, new AggregateError([preflight])]))
    expect(report.message).toBe('2 steps failed')
    expect(report.errors?.map(part => part.code)).toEqual(['COMMAND_FAILED', 'PREFLIGHT_FAILED'])
  })

  it('errorReport handles an error that is its own cause', () => {
    const error = new Error('loop')
    error.cause = error
    expect(errorReport(error).message).toBe('Error: loop')
  })

  it('errorReport returns plain data', () => {
    const report = errorReport(preflight)
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })
})

describe('exitCodeOf', () => {
  it.each([
    ['a command line error', new KadmError('USAGE', ''), 2],
    ['failed checks', preflight, 3],
    ['an unreachable host', new KadmError('HOST_AUTH', ''), 4],
    ['a failed step', failed, 1],
    ['an interruption', new KadmError('INTERRUPTED', ''), 130],
    ['any other error', new Error('x'), 70],
    ['a thrown value', undefined, 70],
    ['an empty aggregate', new AggregateError([]), 70],
    ['one failed node', new AggregateError([failed]), 1],
    ['a failed and an unreachable node', new AggregateError([failed, new KadmError('HOST_CONNECT', '')]), 4],
    ['a failed node and failed checks', new AggregateError([preflight, failed]), 1],
    ['an interruption among failures', new AggregateError([failed, new KadmError('INTERRUPTED', '')]), 130],
    ['a bug among failures', new AggregateError([failed, new KadmError('INTERRUPTED', ''), new Error('x')]), 70],
  ])('exitCodeOf returns the exit code of %s', (_, error, code) => {
    expect(exitCodeOf(error)).toBe(code)
  })
})
