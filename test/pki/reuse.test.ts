import { describe, expect, it } from 'vitest'
import { certSpec } from '../../src/pki/cert-table.ts'
import { issueFromTable } from '../../src/pki/issue-from-table.ts'
import { decideReuse } from '../../src/pki/reuse.ts'
import { wantedOf } from '../../src/pki/staleness.ts'
import { oracleCluster, oracleNode, oraclePair, oracleText } from './oracle.ts'

const now = new Date('2026-11-24T00:00:00Z')
const cluster = oracleCluster('ECDSA-P256')
const ca = oraclePair('ECDSA-P256/ca')
const paths = { certificatePath: 'x.crt', keyPath: 'x.key' }

function text(base: string) {
  return { ...paths, certificate: oracleText(`${base}.crt`), key: oracleText(`${base}.key`) }
}

const wantedCa = wantedOf(certSpec('ca'), cluster, oracleNode)
const wantedLeaf = wantedOf(certSpec('apiserver'), cluster, oracleNode, [ca.certificate])
const leaf = text('ECDSA-P256/apiserver')

describe('existing certificates', () => {
  it('a CA or certificate that does not exist is created', () => {
    expect(decideReuse(paths, wantedCa, now)).toEqual({ action: 'create' })
    expect(decideReuse(paths, wantedLeaf, now)).toEqual({ action: 'create' })
  })

  it('certificates of kubeadm are kept without a warning', () => {
    const keptCa = decideReuse(text('ECDSA-P256/ca'), wantedCa, now)
    expect(keptCa).toMatchObject({
      action: 'keep',
      certificate: { isCa: true },
      key: { type: 'private' },
      warnings: [],
    })
    expect(decideReuse(leaf, wantedLeaf, now)).toMatchObject({ action: 'keep', warnings: [] })
  })

  it('a CA without its key is kept', () => {
    const kept = decideReuse({ ...paths, certificate: oracleText('ECDSA-P256/ca.crt') }, wantedCa, now)
    expect(kept).toMatchObject({ action: 'keep', warnings: [] })
    expect(kept).not.toHaveProperty('key')
  })

  it('a certificate is created for a key that an interrupted run left without one', () => {
    const made = decideReuse({ ...paths, key: leaf.key }, wantedLeaf, now)
    expect(made).toMatchObject({ action: 'create', key: { type: 'private' } })
  })

  const { key: keyText, certificate: crtText } = leaf
  it.each([
    ['a key is missing', { ...paths, certificate: crtText }, wantedLeaf, now, 'x.crt is there but x.key is missing'],
    [
      'the key is another',
      { ...leaf, key: text('ECDSA-P256/ca').key },
      wantedLeaf,
      now,
      'x.key does not belong to x.crt',
    ],
    ['the key of a CA is another', { ...text('ECDSA-P256/ca'), key: keyText }, wantedCa, now, 'does not belong to'],
    ['the key is broken', { ...leaf, key: 'junk' }, wantedLeaf, now, 'x.key holds no private key'],
    ['the certificate is broken', { ...leaf, certificate: 'junk' }, wantedLeaf, now, 'x.crt holds no certificate'],
    ['the CA is none', leaf, wantedCa, now, 'x.crt is not a CA certificate'],
    ['the CA expired', text('ECDSA-P256/ca'), wantedCa, new Date('2060-01-01'), 'x.crt expired on 2036-'],
    ['it expired', text('RSA-2048/apiserver'), wantedLeaf, new Date('2030-01-01'), 'x.crt expired on 2027-'],
    [
      'another CA signed it',
      text('RSA-2048/apiserver'),
      wantedLeaf,
      now,
      'x.crt was not signed by the CA "kubernetes"',
    ],
  ])('an existing certificate is rejected with a hint when %s', (_, found, wanted, at, message) => {
    const thrown = {
      code: 'CERT_INVALID',
      message: expect.stringContaining(message),
      hint: expect.stringMatching(/\w/),
    }
    expect(() => decideReuse(found, wanted, at)).toThrow(expect.objectContaining(thrown))
  })

  it('a certificate that is not valid yet is rejected with a hint to check the clock', () => {
    expect(() => decideReuse(leaf, wantedLeaf, new Date('2020-01-01'))).toThrow(
      expect.objectContaining({ hint: "check this host's clock" }),
    )
  })
})

describe('certificates that do not match the configuration', () => {
  const changes = {
    'a name': {
      wanted: { ...wantedLeaf, sans: { dns: [...wantedLeaf.sans.dns, 'new.test'], ips: wantedLeaf.sans.ips } },
    },
    'an address': { wanted: { ...wantedLeaf, sans: { dns: wantedLeaf.sans.dns, ips: wantedLeaf.sans.ips.slice(1) } } },
    'the common name': { wanted: { ...wantedLeaf, subject: { commonName: 'other', organizations: [] } } },
    organizations: { wanted: { ...wantedLeaf, subject: { ...wantedLeaf.subject, organizations: ['new-group'] } } },
    'the algorithm': { wanted: { ...wantedLeaf, algorithm: 'RSA-4096' as const } },
    usages: { wanted: { ...wantedLeaf, usages: ['serverAuth', 'clientAuth'] as const } },
  }
  it.each([
    ['a name', 'lacks new.test'],
    ['an address', 'also has 10.96.0.1'],
    ['the common name', 'common name kube-apiserver, but the configuration asks for other'],
    ['organizations', 'organizations (none), but the configuration asks for new-group'],
    ['the algorithm', 'has a key of ECDSA-P256, but the configuration asks for RSA-4096'],
    ['usages', 'lacks clientAuth'],
  ] as const)(
    'a certificate that does not match the configuration is kept with a warning about %s',
    (change, warning) => {
      const kept = decideReuse(leaf, changes[change].wanted, now)
      expect(kept).toMatchObject({ action: 'keep', warnings: [expect.stringContaining(warning)] })
    },
  )

  it('a CA of the operator with other properties is kept without a warning', () => {
    const own = { ...wantedCa, subject: { commonName: 'kubernetes-of-corp', organizations: [] } }
    expect(decideReuse(text('ECDSA-P256/ca'), { ...own, algorithm: 'RSA-2048' }, now)).toMatchObject({ warnings: [] })
    expect(decideReuse(text('ECDSA-P256/ca'), { ...wantedCa, algorithm: 'RSA-2048' }, now)).toMatchObject({
      warnings: [expect.stringContaining('has a key of ECDSA-P256')],
    })
  })

  it('an existing certificate can be signed by any CA of a bundle', () => {
    const issued = issueFromTable(certSpec('apiserver'), {
      cluster,
      node: oracleNode,
      key: ca.key,
      issuer: ca,
      startedAt: now,
    })
    const cas = [oraclePair('RSA-2048/ca').certificate, ca.certificate]
    const found = { ...paths, certificate: issued.pem, key: text('ECDSA-P256/ca').key }
    expect(decideReuse(found, { ...wantedLeaf, cas }, now)).toMatchObject({ action: 'keep', warnings: [] })
  })
})
