import { describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import {
  bootstrapTokenPattern,
  certsTtlToken,
  newBootstrapToken,
  parseBootstrapToken,
} from '../../src/pki/bootstrap-token.ts'

describe('bootstrap tokens', () => {
  it('newBootstrapToken generates a different valid token each time', () => {
    const tokens = Array.from({ length: 20 }, () => newBootstrapToken().reveal())
    expect(tokens.filter(token => !bootstrapTokenPattern.test(token))).toEqual([])
    expect(new Set(tokens).size).toBe(20)
  })

  it('newBootstrapToken uses each of 36 characters', () => {
    let at = 0
    const seen = [0, 1]
      .map(() => newBootstrapToken(limit => at++ % limit).reveal())
      .join('')
      .replaceAll('.', '')
    expect(new Set(seen).size).toBe(36)
  })

  it('parseBootstrapToken splits a token into ID and secret', () => {
    const { id, secret: half } = parseBootstrapToken(secret('abcdef.0123456789abcdef'))
    expect([id, half.reveal()]).toEqual(['abcdef', '0123456789abcdef'])
  })

  it.each(['', 'abcdef', 'ABCDEF.0123456789abcdef', 'abcdef.0123456789abcde', 'abcdef.0123456789abcdef\n'])(
    'parseBootstrapToken rejects %j without showing it',
    text => {
      expect(() => parseBootstrapToken(secret(text))).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('0123456789') }),
      )
    },
  )

  it('the token that owns kubeadm-certs lives two hours and has no usages or groups', () => {
    expect(certsTtlToken()).toMatchObject({ ttl: 7_200_000, usages: [], groups: [] })
  })
})
