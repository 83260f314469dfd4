import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { certTable } from '../../src/pki/cert-table.ts'
import { issueFromTable } from '../../src/pki/issue-from-table.ts'
import {
  algorithmOf,
  generateKey,
  parsePrivateKey,
  parsePublicKeys,
  privateKeyPem,
  publicKeyPem,
} from '../../src/pki/keys.ts'
import { matchesKey, verifySignedBy } from '../../src/pki/verify.ts'
import { allAlgorithms, oracleAlgorithms, oracleCluster, oracleNode, oracleText } from './oracle.ts'

describe.each(allAlgorithms)('generated %s keys', algorithm => {
  let key: KeyObject
  beforeAll(async () => {
    key = await generateKey(algorithm)
  }, 120_000)

  it('a generated key has the requested algorithm and stays the same after writing and reading', () => {
    expect(algorithmOf(key)).toBe(algorithm)
    const pem = privateKeyPem(key).reveal()
    expect(pem.split('\n')[0]).toBe(`-----BEGIN ${algorithm.startsWith('RSA') ? 'RSA' : 'EC'} PRIVATE KEY-----`)
    expect(parsePrivateKey(pem).equals(key)).toBe(true)
    expect(parsePublicKeys(publicKeyPem(key))).toHaveLength(1)
  })

  it('a generated key works for every certificate of the table', () => {
    const cluster = oracleCluster(algorithm)
    const startedAt = new Date('2026-11-23T12:00:00Z')
    const input = { cluster, node: oracleNode, key, startedAt }
    for (const spec of certTable) {
      const ca = certTable.find(other => other.name === spec.signedBy)
      const issuer = ca && { certificate: issueFromTable(ca, input), key }
      const issued = issueFromTable(spec, { ...input, ...(issuer && { issuer }) })
      const cas = [issuer?.certificate ?? issued]
      expect([spec.name, verifySignedBy(issued, cas, startedAt)]).toEqual([spec.name, { valid: true }])
      expect(matchesKey(issued, key)).toBe(true)
    }
  })
})

describe('key files', () => {
  it.each(oracleAlgorithms)('a file with an %s key has the bytes that kubeadm writes', algorithm => {
    for (const base of ['ca', 'apiserver', 'sa']) {
      const pem = oracleText(`${algorithm}/${base}.key`)
      expect(privateKeyPem(createPrivateKey(pem)).reveal()).toBe(pem)
    }
    expect(publicKeyPem(createPrivateKey(oracleText(`${algorithm}/sa.key`)))).toBe(oracleText(`${algorithm}/sa.pub`))
  })

  const good = oracleText('ECDSA-P256/ca.key')
  const pkcs8 = createPrivateKey(good).export({ type: 'pkcs8', format: 'pem' }).toString()
  it.each([
    ['in PKCS#8', pkcs8],
    ['after other blocks', `junk\n${oracleText('ECDSA-P256/ca.crt')}${good}`],
    ['after EC parameters', `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${good}`],
    ['after a broken key', `-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n${good}`],
    ['with Windows line ends', good.replaceAll('\n', '\r\n')],
  ])('parsePrivateKey reads a key %s', (_, pem) => {
    expect(parsePrivateKey(pem).equals(createPrivateKey(good))).toBe(true)
  })

  const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const encrypted = createPrivateKey(good)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString()
  it.each([
    ['an empty file', '', 'holds no private key'],
    ['a certificate', oracleText('ECDSA-P256/ca.crt'), 'holds no private key'],
    ['an encrypted key', encrypted, 'holds no private key'],
    ['an Ed25519 key', ed25519, 'neither RSA nor ECDSA'],
  ])('parsePrivateKey rejects %s and names the file', (_, pem, reason) => {
    const thrown = expect.objectContaining({ code: 'CERT_INVALID', message: expect.stringContaining(reason) })
    expect(() => parsePrivateKey(pem, '/etc/x.key')).toThrow(thrown)
    expect(() => parsePrivateKey(pem, '/etc/x.key')).toThrow('/etc/x.key')
  })
})
