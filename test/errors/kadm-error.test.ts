import { describe, expect, it } from 'vitest'
import { type ErrorCode, errorCodes } from '../../src/errors/codes.ts'
import { endsRun, isAnswer, isTransportFailure, KadmError } from '../../src/errors/kadm-error.ts'

const codes = Object.keys(errorCodes) as ErrorCode[]
const ofHosts = codes.filter(code => errorCodes[code].kind === 'host')

describe('a failure of the way to a host', () => {
  it.each(ofHosts.filter(code => code !== 'HOST_CONNECT'))('says nothing about the machine: %s', code => {
    const error = new KadmError(code, 'no')
    expect([isTransportFailure(error), endsRun(error), isAnswer(error)]).toEqual([true, true, false])
  })

  it.each(['INTERRUPTED', 'INTERNAL'] as const)('is not the only one that ends a run: %s', code => {
    const error = new KadmError(code, 'no')
    expect([isTransportFailure(error), endsRun(error), isAnswer(error)]).toEqual([false, true, false])
  })
})

describe('a failure that says something of what was asked', () => {
  it.each(codes.filter(code => code === 'HOST_CONNECT' || !(ofHosts.includes(code) || /^INTER/.test(code))))(
    'is an answer: %s',
    code => {
      const error = new KadmError(code, 'no')
      expect([isTransportFailure(error), endsRun(error), isAnswer(error)]).toEqual([false, false, true])
    },
  )

  it('is a KadmError: anything else is a bug', () => {
    expect(isAnswer(new TypeError('no'))).toBe(false)
  })
})
