import { expect, it } from 'vitest'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { mergePreflight, preflightFailed } from '../../src/errors/preflight-failed.ts'

const on = (node: string, field: string) =>
  preflightFailed([{ field, node, message: 'no', level: 'error', ignoreAs: field }])

it('the error of failed checks names --ignore-preflight-errors in its hint', () => {
  expect(on('w1', 'Swap')).toMatchObject({
    code: 'PREFLIGHT_FAILED',
    message: 'preflight checks failed',
    hint: expect.stringContaining('--ignore-preflight-errors=Swap'),
  })
})

it('the hint of failed checks omits a check that cannot be ignored', () => {
  const failed = preflightFailed([{ field: '/etc/kubernetes/pki/ca.crt', node: 'w1', message: 'no', level: 'error' }])
  expect(failed.hint).not.toContain('--ignore-preflight-errors')
})

it('mergePreflight combines the failed checks of several nodes in one error', () => {
  const merged = mergePreflight([on('w1', 'Swap'), on('w2', 'NumCPU')])
  expect(merged?.message).toBe('preflight checks failed on w1, w2')
  expect(merged?.problems.map(({ node, field }) => [node, field])).toEqual([
    ['w1', 'Swap'],
    ['w2', 'NumCPU'],
  ])
  expect(merged?.hint).toContain('--ignore-preflight-errors=Swap,NumCPU')
})

it('mergePreflight does not merge failed checks with other errors', () => {
  expect(mergePreflight([on('w1', 'Swap'), new KadmError('PREFLIGHT_FAILED', 'no endpoint')])).toBeUndefined()
  expect(mergePreflight([on('w1', 'Swap'), new KadmError('TIMEOUT', 'no')])).toBeUndefined()
})
