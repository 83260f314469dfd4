import { describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { newCertificateKey, openSealed, seal } from '../../src/pki/certificate-key.ts'

const key = secret(`${'00'.repeat(31)}01`)
const sealed = Buffer.from('000102030405060708090a0bce4b38e00c3c961f04e062e6956d3b474989205f12', 'hex')

describe('entries of kubeadm-certs', () => {
  it('are sealed as kubeadm seals them', () => {
    const nonce = Buffer.from('000102030405060708090a0b', 'hex')
    expect(seal(key, Buffer.from('kadm\n'), () => nonce)).toEqual(sealed)
    expect(openSealed(key, sealed).toString()).toBe('kadm\n')
  })

  it('have a nonce of their own each', () => {
    const plain = Buffer.from('x')
    expect(seal(key, plain)).not.toEqual(seal(key, plain))
    expect(openSealed(key, seal(key, Buffer.alloc(0)))).toEqual(Buffer.alloc(0))
  })

  const changed = Buffer.from(sealed)
  changed[14] = 0
  it.each([
    ['with another key', newCertificateKey(), sealed],
    ['after a change', key, changed],
    ['cut short', key, sealed.subarray(0, 20)],
    ['when empty', key, Buffer.alloc(0)],
  ])('do not open %s', (_, otherKey, bytes) => {
    const thrown = expect.objectContaining({ code: 'CERT_INVALID', message: expect.stringContaining('ca.key') })
    expect(() => openSealed(otherKey, bytes, 'ca.key')).toThrow(thrown)
  })

  it.each(['', 'zz', '00'.repeat(31), '00'.repeat(33)])('refuse the key %j without showing it', text => {
    expect(() => seal(secret(text), sealed)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    expect(() => openSealed(secret(text), sealed)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})

it('a new certificate key is 64 hex characters', () => {
  expect(newCertificateKey().reveal()).toMatch(/^[0-9a-f]{64}$/)
  expect(newCertificateKey(size => Buffer.alloc(size, 0xab)).reveal()).toBe('ab'.repeat(32))
})
