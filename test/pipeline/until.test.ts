import { describe, expect, it, vi } from 'vitest'
import { type ErrorCode, errorCodes } from '../../src/errors/codes.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { makeUntil } from '../../src/pipeline/until.ts'

const quick = { timeoutMs: 60_000, intervalMs: 1, assume: 'assumed' }
const until = makeUntil(new AbortController().signal)

it('until repeats the probe until it has a result', async () => {
  const probe = vi.fn<() => Promise<string | undefined>>()
  probe.mockResolvedValueOnce(undefined).mockRejectedValueOnce(new KadmError('API_UNREACHABLE', 'not yet'))
  probe.mockResolvedValueOnce('there')
  expect(await until('it', probe, quick)).toBe('there')
  expect(probe).toHaveBeenCalledTimes(3)
})

it.each(['', 0, false, null])('until accepts %j as a result', async value => {
  expect(await until<unknown>('it', async () => value, quick)).toBe(value)
})

it('until times out with what it waited for, the last error and its hint', async () => {
  const probe = async () => {
    throw new KadmError('API_UNREACHABLE', 'connection refused', { hint: 'look at the kubelet' })
  }
  await expect(until('a healthy etcd', probe, { ...quick, timeoutMs: 0 })).rejects.toMatchObject({
    code: 'TIMEOUT',
    message: 'timed out after 0 s waiting for a healthy etcd: connection refused',
    hint: 'look at the kubelet',
  })
})

it('until omits an earlier error from the timeout when a later probe did not fail', async () => {
  const probe = vi.fn<() => Promise<string | undefined>>().mockResolvedValue(undefined)
  probe.mockRejectedValueOnce(new KadmError('API_UNREACHABLE', 'connection refused'))
  await expect(until('it', probe, { ...quick, timeoutMs: 50 })).rejects.toMatchObject({
    message: 'timed out after 0 s waiting for it',
  })
})

it('until times out with the problems of the last error', async () => {
  const problems = [{ message: 'cp1 does not answer' }]
  const probe = () => Promise.reject(new KadmError('ETCD_UNREACHABLE', 'no quorum', { problems }))
  await expect(until('it', probe, { ...quick, timeoutMs: 0 })).rejects.toMatchObject({ code: 'TIMEOUT', problems })
})

it('until times out with the field that sets the timeout and the last component states', async () => {
  const probe = () => Promise.reject(new KadmError('API_UNREACHABLE', 'connection refused', { hint: 'look' }))
  const states = async () => ['etcd runs for 40 s', 'kube-apiserver has not started']
  await expect(until('it', probe, { ...quick, timeoutMs: 0, field: 'tlsBootstrap', states })).rejects.toMatchObject({
    message: 'timed out after 0 s waiting for it: connection refused',
    hint: 'look; timeouts.tlsBootstrap in the configuration file sets how long kadm waits',
    problems: [{ message: 'etcd runs for 40 s' }, { message: 'kube-apiserver has not started' }],
  })
})

it('until throws at once an error that is marked final', async () => {
  const probe = vi.fn().mockRejectedValue(new KadmError('API_CONFLICT', 'lost', { final: true }))
  await expect(until('it', probe, quick)).rejects.toMatchObject({ code: 'API_CONFLICT' })
  expect(probe).toHaveBeenCalledTimes(1)
})

it('until runs the probe once even with a timeout of 0', async () => {
  expect(await until('it', async () => 'there', { ...quick, timeoutMs: 0 })).toBe('there')
})

const passing: readonly ErrorCode[] = [
  'API_UNREACHABLE',
  'API_REFUSED',
  'API_CONFLICT',
  'CRI_FAILED',
  'HOST_CONNECT',
  'HOST_FILE',
]

it.each(passing)('until repeats the probe after %s', async code => {
  const probe = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new KadmError(code, 'no')).mockResolvedValue('yes')
  expect(await until('it', probe, quick)).toBe('yes')
})

it.each([
  'COMPONENT_FAILED',
  'DISCOVERY_FAILED',
  'NODE_EXISTS',
  'HOST_UNREACHABLE',
  'INTERNAL',
  'INTERRUPTED',
] as const)('until throws %s at once because waiting does not fix it', async code => {
  expect(errorCodes[code]).toBeDefined()
  const probe = vi.fn().mockRejectedValue(new KadmError(code, 'no'))
  await expect(until('it', probe, quick)).rejects.toMatchObject({ code })
  expect(probe).toHaveBeenCalledTimes(1)
})

it('until throws a bug of kadm at once', async () => {
  await expect(until('it', () => Promise.reject(new TypeError('bug')), quick)).rejects.toThrow(TypeError)
})

it('until stops waiting when the run is interrupted', async () => {
  const controller = new AbortController()
  const probe = async () => {
    controller.abort()
    return undefined
  }
  const waiting = makeUntil(controller.signal)('it', probe, { ...quick, intervalMs: 60_000 })
  await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED', message: 'interrupted while waiting for it' })
})

describe('until in a dry run', () => {
  const dry = makeUntil(new AbortController().signal, { dryRun: true })

  it('until in a dry run returns a result that exists', async () => {
    expect(await dry('it', async () => 'there', quick)).toBe('there')
  })

  it.each<[string, () => Promise<undefined>]>([
    ['a result that does not exist yet', async () => undefined],
    ['a port that refuses connections', () => Promise.reject(new KadmError('HOST_CONNECT', 'no'))],
    ['a runtime that is down', () => Promise.reject(new KadmError('CRI_FAILED', 'no'))],
  ])('until in a dry run returns the assumed value after one probe for %s', async (_, answer) => {
    const probe = vi.fn(answer)
    expect(await dry<string>('it', probe, quick)).toBe('assumed')
    expect(probe).toHaveBeenCalledTimes(1)
  })

  it.each(['API_REFUSED', 'API_UNREACHABLE', 'ETCD_UNREACHABLE'] as const)(
    'until in a dry run waits as a real run does after %s',
    async code => {
      const probe = vi.fn().mockRejectedValueOnce(new KadmError(code, 'busy')).mockResolvedValue('yes')
      expect(await dry('it', probe, quick)).toBe('yes')
      const refused = () => Promise.reject(new KadmError(code, 'never'))
      await expect(dry('it', refused, { ...quick, timeoutMs: 0 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    },
  )
})
