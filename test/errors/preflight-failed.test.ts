import { expect, it } from 'vitest'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { mergePreflight, preflightFailed } from '../../src/errors/preflight-failed.ts'

const on = (node: string, field: string) =>
  preflightFailed([{ field, node, message: 'no', level: 'error', ignoreAs: field }])

it('failed checks of one node name the flag that passes over them', () => {
  expect(on('w1', 'Swap')).toMatchObject({
    code: 'PREFLIGHT_FAILED',
    message: 'preflight checks failed',
    hint: expect.stringContaining('--ignore-preflight-errors=Swap'),
  })
})

it('a failed check that no flag ignores is left out of the hint', () => {
  const failed = preflightFailed([{ field: '/etc/kubernetes/pki/ca.crt', node: 'w1', message: 'no', level: 'error' }])
  expect(failed.hint).not.toContain('--ignore-preflight-errors')
})

it('failed checks of several nodes become one error that holds them all', () => {
  const merged = mergePreflight([on('w1', 'Swap'), on('w2', 'NumCPU')])
  expect(merged?.message).toBe('preflight checks failed on w1, w2')
  expect(merged?.problems.map(({ node, field }) => [node, field])).toEqual([
    ['w1', 'Swap'],
    ['w2', 'NumCPU'],
  ])
  expect(merged?.hint).toContain('--ignore-preflight-errors=Swap,NumCPU')
})

it('any other failure beside them keeps them apart', () => {
  expect(mergePreflight([on('w1', 'Swap'), new KadmError('PREFLIGHT_FAILED', 'no endpoint')])).toBeUndefined()
  expect(mergePreflight([on('w1', 'Swap'), new KadmError('TIMEOUT', 'no')])).toBeUndefined()
})
