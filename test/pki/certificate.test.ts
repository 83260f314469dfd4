import { describe, expect, it } from 'vitest'
import { parseCertificate, parseCertificates, spkiHash } from '../../src/pki/certificate.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { oracleAlgorithms, oracleText } from './oracle.ts'

describe('parseCertificate', () => {
  it('parseCertificate returns the names, usages, dates and CA flag of a certificate of kubeadm', () => {
    expect(parseCertificate(oracleText('RSA-2048/etcd/peer.crt'))).toMatchObject({
      subject: { commonName: 'cp-1', organizations: [] },
      issuer: { commonName: 'etcd-ca', organizations: [] },
      sans: { dns: ['cp-1', 'localhost'], ips: ['192.0.2.10', '127.0.0.1', '::1', '2001:db8::7'] },
      usages: ['serverAuth', 'clientAuth'],
      isCa: false,
      notBefore: new Date('2026-11-23T09:27:33Z'),
      notAfter: new Date('2027-11-23T09:32:33Z'),
    })
  })

  it('parseCertificate reads dates in 2050 and later', () => {
    expect(parseCertificate(oracleText('ECDSA-P256/apiserver.crt')).notAfter.getUTCFullYear()).toBe(2061)
  })

  it('parseCertificate returns the groups of a user in UTF-8', () => {
    const { clientCertPem = '' } = parseKubeconfig(oracleText('user-of-mixed-kinds.conf'))
    const { subject } = parseCertificate(clientCertPem)
    expect(subject.commonName).toBe('jürgen@example.test')
    expect([...subject.organizations].sort()).toEqual(['a-team', 'b_team', 'c&d*'])
  })

  it.each(oracleAlgorithms)('parseCertificate recognizes a CA with a key of %s', algorithm => {
    const ca = parseCertificate(oracleText(`${algorithm}/ca.crt`))
    expect(ca.isCa).toBe(true)
    expect(ca.usages).toEqual([])
    expect(ca.pem).toBe(oracleText(`${algorithm}/ca.crt`))
  })
})

describe('parseCertificates', () => {
  it('parseCertificates reads a bundle in order and leaves out what is not a certificate', () => {
    const text = ['ca.crt', 'sa.pub', 'front-proxy-ca.crt'].map(name => oracleText(`ECDSA-P256/${name}`)).join('note\n')
    const names = parseCertificates(text).map(certificate => certificate.subject.commonName)
    expect(names).toEqual(['kubernetes', 'front-proxy-ca'])
  })

  it.each([
    ['', 'no certificate'],
    [oracleText('RSA-2048/sa.pub'), 'no certificate'],
    ['-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n', 'cannot be read'],
    ['-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n', 'cannot be read'],
  ])('parseCertificates rejects the bundle %j', (text, reason) => {
    expect(() => parseCertificates(text, 'x.crt')).toThrow(
      expect.objectContaining({ code: 'CERT_INVALID', message: expect.stringMatching(`^x.crt .*${reason}`) }),
    )
  })
})

it('spkiHash returns the digest of the public key of a CA', () => {
  // openssl x509 -pubkey -noout -in ca.crt | openssl pkey -pubin -outform der | sha256sum
  expect(spkiHash(parseCertificate(oracleText('RSA-2048/ca.crt')))).toBe(
    'sha256:b6f78a176586f7fa3ef81c6ef92b0915920e3e3f5f52a2a842da2b0fd7ee0cf9',
  )
  expect(spkiHash(parseCertificate(oracleText('ECDSA-P384/ca.crt')))).toBe(
    'sha256:216b25e803b398c0236af69b88d8179aebcda9478aaff3f78802414a9ea59edf',
  )
})
