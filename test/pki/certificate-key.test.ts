import { describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { newCertificateKey, openSealed, seal } from '../../src/pki/certificate-key.ts'

const key = secret(`${'00'.repeat(31)}01`)
const sealed = Buffer.from('000102030405060708090a0bce4b38e00c3c961f04e062e6956d3b474989205f12', 'hex')

describe('entries of kubeadm-certs', () => {
  it('seal and openSealed encrypt and decrypt an entry of kubeadm-certs as kubeadm does', () => {
    const nonce = Buffer.from('000102030405060708090a0b', 'hex')
    expect(seal(key, Buffer.from('kadm\n'), () => nonce)).toEqual(sealed)
    expect(openSealed(key, sealed).toString()).toBe('kadm\n')
  })

  it('seal uses a new nonce for each entry', () => {
    const plain = Buffer.from('x')
    expect(seal(key, plain)).not.toEqual(seal(key, plain))
    expect(openSealed(key, seal(key, Buffer.alloc(0)))).toEqual(Buffer.alloc(0))
  })

  const changed = Buffer.from(sealed)
  changed[14] = 0
  it.each([
    ['that is opened with another key', newCertificateKey(), sealed],
    ['that was changed', key, changed],
    ['that is cut short', key, sealed.subarray(0, 20)],
    ['that is empty', key, Buffer.alloc(0)],
  ])('openSealed rejects an entry %s', (_, otherKey, bytes) => {
    const thrown = expect.objectContaining({ code: 'CERT_INVALID', message: expect.stringContaining('ca.key') })
    expect(() => openSealed(otherKey, bytes, 'ca.key')).toThrow(thrown)
  })

  it.each(['', 'zz', '00'.repeat(31), '00'.repeat(33)])(
    'seal and openSealed reject the certificate key %j without showing it',
    text => {
      expect(() => seal(secret(text), sealed)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
      expect(() => openSealed(secret(text), sealed)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    },
  )
})

it('newCertificateKey returns 64 hex characters', () => {
  expect(newCertificateKey().reveal()).toMatch(/^[0-9a-f]{64}$/)
  expect(newCertificateKey(size => Buffer.alloc(size, 0xab)).reveal()).toBe('ab'.repeat(32))
})
