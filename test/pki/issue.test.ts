import { describe, expect, it } from 'vitest'
import { certTable } from '../../src/pki/cert-table.ts'
import { parseCertificate } from '../../src/pki/certificate.ts'
import { issue, newSerial } from '../../src/pki/issue.ts'
import { issueClient, issueFromTable } from '../../src/pki/issue-from-table.ts'
import { parsePrivateKey } from '../../src/pki/keys.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { kubeconfigTable } from '../../src/pki/kubeconfig-table.ts'
import {
  oracleAlgorithms,
  oracleCluster,
  oracleNode,
  oraclePair,
  oracleText,
  serialOf,
  startOf,
  tbsOf,
} from './oracle.ts'

describe.each(oracleAlgorithms)('certificates with %s keys', algorithm => {
  const cluster = oracleCluster(algorithm)

  it.each(certTable.map(spec => [spec.name, spec] as const))(
    'the certificate %s has exactly the bytes that kubeadm signs',
    (_, spec) => {
      const theirs = oraclePair(`${algorithm}/${spec.base}`)
      const ca = certTable.find(other => other.name === spec.signedBy)
      const ours = issueFromTable(spec, {
        cluster,
        node: oracleNode,
        key: theirs.key,
        ...(ca !== undefined && { issuer: oraclePair(`${algorithm}/${ca.base}`) }),
        startedAt: startOf(theirs.certificate),
        serial: serialOf(theirs.certificate),
      })
      expect(tbsOf(ours)).toBe(tbsOf(theirs.certificate))
      // An RSA signature is the same each time; one of ECDSA holds a random number.
      if (algorithm === 'RSA-2048') expect(ours.pem).toBe(oracleText(`${algorithm}/${spec.base}.crt`))
    },
  )

  it.each(kubeconfigTable.map(spec => [spec.name, spec] as const))(
    'the client certificate of %s has exactly the bytes that kubeadm signs',
    (name, spec) => {
      const { certificate, key } = credentialsOf(`${algorithm}/${name}`)
      const issuer = oraclePair(`${algorithm}/ca`)
      const validityMs = cluster.config.certificateValidityPeriod
      const ours = issueClient({
        subject: spec.subject(oracleNode),
        key,
        issuer,
        validityMs,
        startedAt: new Date(certificate.notAfter.getTime() - validityMs),
        serial: serialOf(certificate),
      })
      expect(tbsOf(ours)).toBe(tbsOf(certificate))
    },
  )
})

describe('issuing certificates', () => {
  it('a certificate with names that are not ASCII is encoded and signed as in kubeadm', () => {
    const { certificate, key } = credentialsOf('user-of-mixed-kinds.conf')
    const validityMs = 8760 * 3_600_000
    const ours = issueClient({
      subject: { commonName: 'jürgen@example.test', organizations: ['b_team', 'a-team', 'c&d*'] },
      key,
      issuer: oraclePair('RSA-2048/ca'),
      validityMs,
      startedAt: new Date(certificate.notAfter.getTime() - validityMs),
      serial: serialOf(certificate),
    })
    expect(ours.pem).toBe(certificate.pem)
  })

  it('newSerial returns serial numbers from 1 to 2^63 - 2', () => {
    const draws = [
      Buffer.alloc(8, 0xff),
      Buffer.from('fffffffffffffffc', 'hex'),
      Buffer.from('fffffffffffffffb', 'hex'),
    ]
    expect(newSerial(() => draws.shift() ?? Buffer.alloc(8))).toBe((1n << 63n) - 2n)
    expect(newSerial(() => Buffer.alloc(8))).toBe(1n)
    expect(newSerial()).not.toBe(newSerial())
  })

  it('a certificate has no authority key identifier when its CA has no key identifier', () => {
    const { key, certificate } = oraclePair('ECDSA-P256/ca')
    const { subjectKeyId, ...bare } = certificate
    const subject = { commonName: 'x', organizations: [] }
    const input = { subject, usages: [], sans: { dns: [], ips: [] }, ca: false, key }
    const dates = { notBefore: certificate.notBefore, notAfter: certificate.notAfter }
    const ours = issue({ ...input, ...dates, issuer: { certificate: bare, key } })
    expect(subjectKeyId).toHaveLength(20)
    expect(ours.der.includes(subjectKeyId ?? '')).toBe(false)
    expect(ours.x509.verify(certificate.publicKey)).toBe(true)
  })
})

function credentialsOf(path: string) {
  const { clientCertPem = '', clientKeyPem } = parseKubeconfig(oracleText(path))
  return { certificate: parseCertificate(clientCertPem), key: parsePrivateKey(clientKeyPem?.reveal() ?? '') }
}
