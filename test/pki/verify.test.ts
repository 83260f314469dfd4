import { describe, expect, it } from 'vitest'
import { issue } from '../../src/pki/issue.ts'
import { matchesKey, verifySignedBy } from '../../src/pki/verify.ts'
import { oraclePair } from './oracle.ts'

const now = new Date('2026-11-24T00:00:00Z')
const later = new Date('2099-01-01T00:00:00Z')
const root = oraclePair('ECDSA-P256/ca')
const apiserver = oraclePair('ECDSA-P256/apiserver')
const base = { usages: [], sans: { dns: [], ips: [] }, key: apiserver.key, notBefore: now, notAfter: later }
const named = (commonName: string) => ({ commonName, organizations: [] })

describe('verifySignedBy', () => {
  it('verifySignedBy accepts a certificate that any of the CAs signed', () => {
    const cas = [oraclePair('RSA-2048/ca').certificate, root.certificate]
    expect(verifySignedBy(apiserver.certificate, cas, now)).toEqual({ valid: true })
  })

  it('verifySignedBy accepts a chain over an intermediate CA only with this CA', () => {
    const middle = issue({ ...base, ca: true, subject: named('middle'), issuer: root })
    const leaf = issue({ ...base, ca: false, subject: named('leaf'), issuer: { certificate: middle, key: base.key } })
    expect(verifySignedBy(leaf, [root.certificate], now, [middle])).toEqual({ valid: true })
    expect(verifySignedBy(leaf, [root.certificate], now)).toMatchObject({ valid: false })
    expect(verifySignedBy(leaf, [oraclePair('RSA-2048/ca').certificate], now, [middle])).toMatchObject({
      reason: 'was signed by "middle", which was not signed by the CA "kubernetes" but by another CA of that name',
    })
  })

  const front = oraclePair('ECDSA-P256/front-proxy-ca')
  const shortLived = { notBefore: root.certificate.notBefore, notAfter: new Date('2026-11-24T00:01:00Z') }
  const short = issue({ ...base, ...shortLived, key: root.key, ca: true, subject: named('kubernetes') })
  const noCa = issue({ ...base, ca: false, subject: named('no-ca'), key: root.key })
  const ofNoCa = issue({ ...base, ca: false, subject: named('x'), issuer: { certificate: noCa, key: root.key } })
  it.each([
    ['another CA', front.certificate, now, 'was not signed by the CA "front-proxy-ca" but by "kubernetes"'],
    ['another CA of the same name', oraclePair('ECDSA-P384/ca').certificate, now, 'but by another CA of that name'],
    [
      'a CA that has expired',
      root.certificate,
      new Date('2061-03-01T00:00:00Z'),
      'expired on 2061-02-12T09:32:34.000Z',
    ],
    [
      'a CA that is not valid yet',
      root.certificate,
      new Date('2026-01-01T00:00:00Z'),
      'is not valid before 2026-11-23T09:27:34.000Z',
    ],
    [
      'the end of its CA',
      short,
      new Date('2026-11-25T00:00:00Z'),
      '"kubernetes", which expired on 2026-11-24T00:01:00',
    ],
  ])('verifySignedBy reports %s', (_, ca, at, reason) => {
    expect(verifySignedBy(apiserver.certificate, [ca], at)).toEqual({
      valid: false,
      reason: expect.stringContaining(reason),
      notYetValid: reason.startsWith('is not valid before'),
    })
  })

  it('verifySignedBy reports a signer that is not a CA', () => {
    expect(verifySignedBy(ofNoCa, [noCa], now)).toMatchObject({
      valid: false,
      reason: expect.stringContaining('no-ca'),
    })
  })
})

it('matchesKey accepts only the key of the certificate', () => {
  expect(matchesKey(apiserver.certificate, apiserver.key)).toBe(true)
  expect(matchesKey(apiserver.certificate, root.key)).toBe(false)
})
