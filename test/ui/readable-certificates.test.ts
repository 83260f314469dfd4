import { expect, it } from 'vitest'
import { readableCertificates } from '../../src/ui/readable-certificates.ts'
import { oracleText } from '../pki/oracle.ts'

it('readableCertificates replaces a certificate with its subject, issuer, names and validity', () => {
  const text = readableCertificates(`before\n${oracleText('RSA-2048/apiserver.crt')}after\n`)
  expect(text).toMatch(
    /^before\n-----BEGIN CERTIFICATE-----\n {2}subject CN=kube-apiserver\n {2}issuer CN=kubernetes\n/,
  )
  expect(text).toMatch(/\n {2}names DNS:.*kubernetes\.default.*, IP Address:.*\n/)
  expect(text).toMatch(/\n {2}valid \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ to \S+Z\n {2}sha256 [0-9a-f]{64}\n/)
  expect(text.endsWith('-----END CERTIFICATE-----\nafter\n')).toBe(true)
})

it('readableCertificates shows each of several certificates', () => {
  const two = oracleText('RSA-2048/ca.crt') + oracleText('RSA-2048/front-proxy-ca.crt')
  expect(readableCertificates(two).match(/subject CN=\S+/g)).toEqual([
    'subject CN=kubernetes',
    'subject CN=front-proxy-ca',
  ])
})

it('readableCertificates shows certificates inside a kubeconfig on their line', () => {
  const lines = readableCertificates(oracleText('RSA-2048/admin.conf')).split('\n')
  expect(lines.find(line => line.includes('certificate-authority-data'))).toMatch(
    /^ {4}certificate-authority-data: \[certificate: subject CN=kubernetes, issuer CN=kubernetes, .*\]$/,
  )
  expect(lines.find(line => line.includes('client-certificate-data'))).toContain('CN=kubernetes-admin')
})

it.each([
  '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n',
  'certificate-authority-data: LS0tnone\n',
  'certificate-authority-data: Y2E=\n',
])('readableCertificates keeps a text that is not a certificate: %j', text => {
  expect(readableCertificates(text)).toBe(text)
})
