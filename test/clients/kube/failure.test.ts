import { describe, expect, it } from 'vitest'
import { apiUnreachable, isApiSilent, notKubernetes, refused } from '../../../src/clients/kube/failure.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'

const server = 'https://10.0.0.1:6443'
const withCode = (code: string) => Object.assign(new Error(code), { code })

describe('isApiSilent', () => {
  it.each(['ECONNREFUSED', 'EHOSTUNREACH', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'])(
    'isApiSilent accepts the error code %s, also as a cause',
    code => {
      const error = apiUnreachable(server, withCode(code))
      expect(isApiSilent(error)).toBe(true)
      const late = new KadmError('TIMEOUT', 'did not happen', { cause: error })
      expect(isApiSilent(new KadmError('DISCOVERY_FAILED', 'cannot find the cluster', { cause: late }))).toBe(true)
    },
  )

  it('isApiSilent accepts a timeout and an endpoint that a host over SSH cannot reach', () => {
    expect(isApiSilent(apiUnreachable(server, new DOMException('late', 'TimeoutError')))).toBe(true)
    expect(isApiSilent(apiUnreachable(server, new KadmError('HOST_CONNECT', 'connection refused')))).toBe(true)
  })

  it.each([
    ['an unknown CA', apiUnreachable(server, withCode('DEPTH_ZERO_SELF_SIGNED_CERT'))],
    ['a certificate for other names', apiUnreachable(server, withCode('ERR_TLS_CERT_ALTNAME_INVALID'))],
    ['an unknown certificate error', apiUnreachable(server, withCode('INVALID_PURPOSE'))],
    ['a server without TLS', apiUnreachable(server, withCode('ERR_SSL_WRONG_VERSION_NUMBER'))],
    ['a server that is not an API server', notKubernetes(server, new SyntaxError('no JSON'))],
    ['a refused request', refused('reading x', { status: 401, body: '' })],
    [
      'a connection that the SSH server rejects',
      apiUnreachable(server, new KadmError('HOST_CONNECT', 'no', { hint: 'allow' })),
    ],
    ['an invalid JWS signature', new KadmError('DISCOVERY_FAILED', 'failed to verify the JWS signature')],
    ['a lost host', new KadmError('HOST_UNREACHABLE', 'lost')],
  ])('isApiSilent rejects %s', (_, error) => {
    expect(isApiSilent(error)).toBe(false)
  })
})
