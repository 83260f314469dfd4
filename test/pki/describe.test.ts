import { describe, expect, it } from 'vitest'
import { certTable } from '../../src/pki/cert-table.ts'
import { issueFromTable } from '../../src/pki/issue-from-table.ts'
import { generateKey } from '../../src/pki/keys.ts'
import { describeCertificate } from './describe.ts'
import { oracleAlgorithms, oracleCluster, oracleNode, oraclePair, oracleText, serialOf, startOf } from './oracle.ts'

describe('describeCertificate', () => {
  it('describeCertificate returns all values of a certificate that are not random', () => {
    expect(describeCertificate(oracleText('RSA-2048/etcd/peer.crt'))).toEqual({
      version: 3,
      serialBytes: 8,
      signature: 'sha256WithRSAEncryption (NULL)',
      issuer: ['CN=etcd-ca (printable)'],
      notBefore: '261123092733Z (utcTime)',
      notAfter: '271123093233Z (utcTime)',
      subject: ['CN=cp-1 (printable)'],
      key: 'RSA-2048',
      extensions: [
        { id: 'keyUsage', critical: true, value: '030205a0' },
        { id: 'extendedKeyUsage', critical: false, value: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'] },
        { id: 'basicConstraints', critical: true, value: '3000' },
        { id: 'authorityKeyIdentifier', critical: false, value: ['[0] 20 bytes'] },
        {
          id: 'subjectAltName',
          critical: false,
          value: { dns: ['cp-1', 'localhost'], ips: ['192.0.2.10', '127.0.0.1', '::1', '2001:db8::7'] },
        },
      ],
    })
  })

  it.each(oracleAlgorithms)(
    'describeCertificate returns the same for a certificate of kubeadm and one with a new %s key',
    async algorithm => {
      const cluster = oracleCluster(algorithm)
      const key = await generateKey(algorithm)
      for (const spec of certTable) {
        const { certificate } = oraclePair(`${algorithm}/${spec.base}`)
        const input = { cluster, node: oracleNode, key, startedAt: startOf(certificate), serial: serialOf(certificate) }
        const ca = certTable.find(other => other.name === spec.signedBy)
        const issuer = ca && { certificate: issueFromTable(ca, input), key }
        const ours = issueFromTable(spec, { ...input, ...(issuer && { issuer }) })
        expect(describeCertificate(ours.pem)).toEqual(describeCertificate(certificate.pem))
      }
    },
  )
})
