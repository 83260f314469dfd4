import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { certTable } from '../../src/pki/cert-table.ts'
import { createSigningRequest } from '../../src/pki/create-request.ts'
import { decodeDer, der, encodeDer } from '../../src/pki/der.ts'
import { spkiOf } from '../../src/pki/extensions.ts'
import { issueRequested } from '../../src/pki/issue-from-table.ts'
import { kubeconfigTable } from '../../src/pki/kubeconfig-table.ts'
import { encodePem } from '../../src/pki/pem.ts'
import { caOfFile, profileNamed, profileOfFile, profiles } from '../../src/pki/profile.ts'
import { parseRequest } from '../../src/pki/read-request.ts'
import { judgeRequest, type RequestLimits } from '../../src/pki/request-faults.ts'
import {
  basicConstraints,
  dns,
  ecKey,
  extendedKeyUsage,
  hostileRequest,
  keyUsage,
  names,
  requested,
  serverAuth,
} from './hostile-request.ts'
import { cn, curve, good, hostileRequests } from './hostile-requests.ts'
import { oracleAlgorithms, oracleCluster, oracleNode, oraclePair, oracleText } from './oracle.ts'

type Judged = ReturnType<typeof judgeRequest>

function judge(pem: string, name = 'apiserver', limits: RequestLimits = {}): Judged {
  const profile = profileNamed(name)
  if (profile === undefined) throw new Error(`no profile ${name}`)
  return judgeRequest(parseRequest(pem, 'request.csr'), profile, limits)
}

const ed25519 = () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const body = der.sequence(
    der.integer(0n),
    cn('kube-apiserver'),
    decodeDer(spkiOf(createPublicKey(privateKey))),
    der.tagged(0, requested(good)),
  )
  const signature = sign(null, encodeDer(body), privateKey)
  const whole = der.sequence(body, der.sequence(der.oid('1.3.101.112')), der.bits(signature))
  return encodePem('CERTIFICATE REQUEST', encodeDer(whole))
}

const faultsOf = (judged: Judged) => ('faults' in judged ? judged.faults : [])

describe('a request that is refused', () => {
  it.each(hostileRequests)('a request that $what is refused', ({ pem, fault, profile }) => {
    expect(faultsOf(judge(pem(), profile)).join('\n')).toMatch(fault)
  })

  it('a request with an Ed25519 key is refused, because kubeadm reads only RSA and ECDSA', () => {
    expect(faultsOf(judge(ed25519())).join('\n')).toMatch(/^has a key of the kind ed25519, not RSA or ECDSA$/)
  })

  it('all faults of a request are listed', () => {
    const pem = hostileRequest({
      subject: cn('admin'),
      extensions: [names(dns('a b')), basicConstraints(der.boolean(true))],
      signer: curve('prime256v1'),
    })
    expect(faultsOf(judge(pem))).toHaveLength(4)
  })

  it('a request with the key of the CA is refused', () => {
    expect(faultsOf(judge(hostileRequest(), 'apiserver', { ca: createPublicKey(ecKey) }))).toEqual([
      'has the public key of the CA',
    ])
  })

  it('a request for another node than that of --node-name is refused', () => {
    const pem = hostileRequest({ subject: cn('cp1') })
    expect(faultsOf(judge(pem, 'etcd-peer', { nodeName: 'cp2' }))).toEqual(['has the subject CN=cp1 instead of CN=cp2'])
    expect(faultsOf(judge(pem, 'etcd-peer', { nodeName: 'cp1' }))).toEqual([])
  })

  const valid = hostileRequest()
  const der64 = valid.split('\n').slice(1, -2).join('')
  const blockOf = (bytes: Buffer) => encodePem('CERTIFICATE REQUEST', bytes)
  it.each([
    ['is empty', '', /no PEM block/],
    ['is a certificate', oracleText('RSA-2048/ca.crt'), /CERTIFICATE instead of one CERTIFICATE REQUEST/],
    ['is a private key', oracleText('RSA-2048/ca.key'), /RSA PRIVATE KEY instead of/],
    ['follows another request', `${valid}${valid}`, /CERTIFICATE REQUEST, CERTIFICATE REQUEST instead of/],
    ['is truncated', blockOf(Buffer.from(der64, 'base64').subarray(0, 100)), /cannot be read/],
    [
      'is followed by other bytes',
      blockOf(Buffer.concat([Buffer.from(der64, 'base64'), Buffer.of(5, 0)])),
      /cannot be read/,
    ],
    ['has version 1', hostileRequest({ version: 1n }), /cannot be read/],
    ['has a part after the signature', hostileRequest({ more: [der.null()] }), /cannot be read/],
    [
      'has a key that cannot be read',
      hostileRequest({ spki: encodeDer(der.sequence(der.sequence(der.oid('1.2.3')), der.bits(Buffer.of(1)))) }),
      /cannot be read/,
    ],
    ['is only a number', blockOf(encodeDer(der.integer(1n))), /cannot be read/],
  ])('a request that %s cannot be read', (_, pem, message) => {
    expect(() => parseRequest(pem, 'request.csr')).toThrow(message)
  })
})

describe('a request that is signed', () => {
  it.each([
    ['asks for nothing but names', [good]],
    ['asks for CA:FALSE', [good, basicConstraints()]],
    ['asks for CA:FALSE explicitly', [good, basicConstraints(der.boolean(false))]],
    ['asks for the key usages of the profile', [good, keyUsage(0xa0)]],
    ['asks for one key usage of the profile', [good, keyUsage(0x80)]],
    ['asks for the extended key usage of the profile', [good, extendedKeyUsage(serverAuth)]],
    [
      'has a wildcard, IPv6 and IDNA names',
      [names(dns('*.x.io'), dns('xn--mnchen-3ya.de'), der.implicit(7, Buffer.alloc(16)))],
    ],
    ['has 200 names', [names(...Array.from({ length: 200 }, (_, i) => dns(`n${i}.x.io`)))]],
  ])('a request that %s is accepted', (_, extensions) => {
    expect(faultsOf(judge(hostileRequest({ extensions })))).toEqual([])
  })

  it('a request of openssl with other string types in its subject is accepted', () => {
    const utf8 = der.sequence(der.setOf(der.sequence(der.oid('2.5.4.3'), der.string(12, 'kube-apiserver'))))
    const label = 'NEW CERTIFICATE REQUEST'
    expect(faultsOf(judge(hostileRequest({ subject: utf8, label })))).toEqual([])
  })

  it.each(oracleAlgorithms)('the requests of kubeadm with %s keys are accepted with all their names', algorithm => {
    for (const name of ['apiserver', 'front-proxy-client'] as const) {
      const judged = judge(oracleText(`${algorithm}/csr/${name}.csr`), name)
      const spec = certTable.find(row => row.name === name)
      expect(judged).toMatchObject({ accepted: { sans: spec?.sans(oracleCluster(algorithm), oracleNode) } })
    }
  })

  it.each(profiles.map(({ name }) => name))('the certificate for a request of %s is the one that init issues', name => {
    const profile = profileNamed(name)
    const spec = certTable.find(row => row.name === name)
    const wanted = (spec ?? kubeconfigTable.find(row => row.name === name))?.subject(oracleNode)
    if (profile === undefined || wanted === undefined) throw new Error(`no profile ${name}`)
    const sans = spec?.sans(oracleCluster('ECDSA-P256'), oracleNode) ?? { dns: [], ips: [] }
    const judged = judge(createSigningRequest({ subject: wanted, sans, key: ecKey }), name)
    if ('faults' in judged) throw new Error(judged.faults.join())
    const { certificate: ca, key } = oraclePair('RSA-2048/ca')
    const startedAt = new Date((ca.notBefore.getTime() + ca.notAfter.getTime()) / 2)
    const made = issueRequested(judged.accepted, profile, {
      issuer: { certificate: ca, key },
      startedAt,
      validityMs: 1e9,
    })
    expect(made).toMatchObject({ subject: wanted, sans, isCa: false, usages: spec?.usages ?? ['clientAuth'] })
    expect(made.x509.verify(ca.publicKey)).toBe(true)
  })

  it('a certificate is valid at most as long as its CA', () => {
    const judged = judge(hostileRequest())
    const profile = profileNamed('apiserver')
    if ('faults' in judged || profile === undefined) throw new Error('the request is refused')
    const { certificate: ca, key } = oraclePair('RSA-2048/ca')
    const input = { issuer: { certificate: ca, key }, startedAt: ca.notBefore, validityMs: 1e15 }
    expect(issueRequested(judged.accepted, profile, input)).toMatchObject({
      notBefore: ca.notBefore,
      notAfter: ca.notAfter,
    })
  })
})

describe('what a file is for', () => {
  it.each([
    ['pki/apiserver.csr', 'apiserver'],
    ['/x/pki/etcd/server.csr', 'etcd-server'],
    ['etcd/healthcheck-client.crt', 'etcd-healthcheck-client'],
    ['etcd-peer.csr', 'etcd-peer'],
    ['/etc/kubernetes/admin.conf.csr', 'admin.conf'],
    ['kubelet.conf.crt', 'kubelet.conf'],
    ['server.csr', undefined],
    ['etcd/apiserver.csr', undefined],
    ['ca.csr', undefined],
    ['etcd/ca.csr', undefined],
  ])('the file %s is for %s', (path, name) => {
    expect(profileOfFile(path)?.name).toBe(name)
  })

  it.each([
    ['pki/ca.crt', 'ca'],
    ['pki/etcd/ca.crt', 'etcd-ca'],
    ['front-proxy-ca.crt', 'front-proxy-ca'],
    ['apiserver.crt', undefined],
  ])('the file %s is the certificate of the CA %s', (path, name) => {
    expect(caOfFile(path)).toBe(name)
  })
})
