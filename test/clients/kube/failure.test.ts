import { describe, expect, it } from 'vitest'
import { apiUnreachable, isApiSilent, notKubernetes, refused } from '../../../src/clients/kube/failure.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'

const server = 'https://10.0.0.1:6443'
const withCode = (code: string) => Object.assign(new Error(code), { code })

describe('an API server that is silent', () => {
  it.each(['ECONNREFUSED', 'EHOSTUNREACH', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'])('is not there: %s', code => {
    const error = apiUnreachable(server, withCode(code))
    expect(isApiSilent(error)).toBe(true)
    const late = new KadmError('TIMEOUT', 'did not happen', { cause: error })
    expect(isApiSilent(new KadmError('DISCOVERY_FAILED', 'cannot find the cluster', { cause: late }))).toBe(true)
  })

  it('is one to which no answer comes in time, or that a host over SSH does not reach', () => {
    expect(isApiSilent(apiUnreachable(server, new DOMException('late', 'TimeoutError')))).toBe(true)
    expect(isApiSilent(apiUnreachable(server, new KadmError('HOST_CONNECT', 'connection refused')))).toBe(true)
  })

  it.each([
    ['whose CA is another', apiUnreachable(server, withCode('DEPTH_ZERO_SELF_SIGNED_CERT'))],
    ['whose certificate is for other names', apiUnreachable(server, withCode('ERR_TLS_CERT_ALTNAME_INVALID'))],
    ['whose certificate has an unknown error', apiUnreachable(server, withCode('INVALID_PURPOSE'))],
    ['that speaks no TLS', apiUnreachable(server, withCode('ERR_SSL_WRONG_VERSION_NUMBER'))],
    ['that is no API server', notKubernetes(server, new SyntaxError('no JSON'))],
    ['that refuses', refused('reading x', { status: 401, body: '' })],
    ['that the SSH server rejects', apiUnreachable(server, new KadmError('HOST_CONNECT', 'no', { hint: 'allow' }))],
    ['of another signature', new KadmError('DISCOVERY_FAILED', 'failed to verify the JWS signature')],
    ['behind a lost host', new KadmError('HOST_UNREACHABLE', 'lost')],
  ])('is not one %s', (_, error) => {
    expect(isApiSilent(error)).toBe(false)
  })
})
