import { describe, expect, it } from 'vitest'
import { parseCertificate } from '../../src/pki/certificate.ts'
import { renewCertificate } from '../../src/pki/issue-from-table.ts'
import { privateKeyPem } from '../../src/pki/keys.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { replaceCredentials } from '../../src/pki/kubeconfig-edit.ts'
import { oraclePair, oracleText } from './oracle.ts'

const startedAt = new Date('2027-01-01T00:00:00Z')
const issuer = oraclePair('RSA-2048/ca')
const { key } = oraclePair('ECDSA-P256/apiserver')

describe('a renewed certificate', () => {
  const old = parseCertificate(oracleText('RSA-2048/apiserver.crt'))
  const renewed = renewCertificate({ old, key, issuer, startedAt, validityMs: 3_600_000 })

  it('keeps names and usages and has a new key, number and period', () => {
    const { subject, sans, usages, issuer: by } = old
    expect(renewed).toMatchObject({ subject, sans, usages, issuer: by })
    expect(renewed.x509.checkPrivateKey(key)).toBe(true)
    expect(renewed.serial).not.toBe(old.serial)
    expect(renewed.notBefore).toEqual(new Date('2026-12-31T23:55:00Z'))
    expect(renewed.notAfter).toEqual(new Date('2027-01-01T01:00:00Z'))
  })
})

describe('a kubeconfig with new credentials', () => {
  const credentials = {
    caPem: oracleText('RSA-2048/ca.crt') + oracleText('RSA-2048/front-proxy-ca.crt'),
    clientCertPem: oracleText('RSA-2048/apiserver-kubelet-client.crt'),
    clientKeyPem: privateKeyPem(key),
  }

  it('trusts the first CA alone, and keeps what else it holds', () => {
    const before = `# mine\n${oracleText('ECDSA-P256/admin.conf')}extensions: [kept]\n`
    const after = replaceCredentials(before, credentials)
    const { clientCertPem, clientKeyPem, caPem, ...rest } = parseKubeconfig(after)
    expect(caPem).toBe(oracleText('RSA-2048/ca.crt'))
    expect(clientCertPem).toBe(credentials.clientCertPem)
    expect(clientKeyPem?.reveal()).toBe(credentials.clientKeyPem.reveal())
    expect(parseKubeconfig(before)).toMatchObject(rest)
    const lines = (text: string) => text.split('\n').filter(line => !line.includes('-data:'))
    expect(lines(after)).toEqual(lines(before))
  })

  it('holds no path of a file any more', () => {
    const before = oracleText('ECDSA-P256/admin.conf')
      .replace(/client-certificate-data: .*/, 'client-certificate: /a.pem')
      .replace(/client-key-data: .*/, 'client-key: /a.pem')
      .replace(/certificate-authority-data: .*/, 'certificate-authority: /ca.crt')
    const after = parseKubeconfig(replaceCredentials(before, credentials))
    expect(after).not.toHaveProperty('clientCertFile')
    expect(after).not.toHaveProperty('clientKeyFile')
    expect(after).not.toHaveProperty('caFile')
  })

  it('cannot be made when the user is missing', () => {
    const before = oracleText('ECDSA-P256/admin.conf').replace(/^users:.*/ms, 'users: []\n')
    const thrown = expect.objectContaining({
      code: 'KUBECONFIG_INVALID',
      message: 'x.conf has no user "kubernetes-admin"',
    })
    expect(() => replaceCredentials(before, credentials, 'x.conf')).toThrow(thrown)
  })
})
