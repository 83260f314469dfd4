import { describe, expect, it } from 'vitest'
import { type ErrorCode, errorCodes } from '../../src/errors/codes.ts'
import { endsRun, isAnswer, isTransportFailure, KadmError } from '../../src/errors/kadm-error.ts'

const codes = Object.keys(errorCodes) as ErrorCode[]
const ofHosts = codes.filter(code => errorCodes[code].kind === 'host')

describe('isTransportFailure', () => {
  it.each(ofHosts.filter(code => code !== 'HOST_CONNECT'))(
    'the error code %s is a transport failure and ends the run',
    code => {
      const error = new KadmError(code, 'no')
      expect([isTransportFailure(error), endsRun(error), isAnswer(error)]).toEqual([true, true, false])
    },
  )

  it.each(['INTERRUPTED', 'INTERNAL'] as const)(
    'the error code %s ends the run without being a transport failure',
    code => {
      const error = new KadmError(code, 'no')
      expect([isTransportFailure(error), endsRun(error), isAnswer(error)]).toEqual([false, true, false])
    },
  )
})

describe('isAnswer', () => {
  it.each(codes.filter(code => code === 'HOST_CONNECT' || !(ofHosts.includes(code) || /^INTER/.test(code))))(
    'the error code %s is an answer and does not end the run',
    code => {
      const error = new KadmError(code, 'no')
      expect([isTransportFailure(error), endsRun(error), isAnswer(error)]).toEqual([false, false, true])
    },
  )

  it('isAnswer is false for an error that is not a KadmError', () => {
    expect(isAnswer(new TypeError('no'))).toBe(false)
  })
})
