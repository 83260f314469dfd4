import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { parseCertificate } from '../../../src/pki/certificate.ts'
import { createSigningRequest } from '../../../src/pki/create-request.ts'
import { privateKeyPem } from '../../../src/pki/keys.ts'
import { parseKubeconfig } from '../../../src/pki/kubeconfig.ts'
import { renderKubeconfig } from '../../../src/render/kubeconfig.ts'
import { ecKey } from '../../pki/hostile-request.ts'
import { runKadm } from '../run-kadm.ts'

const fixtures = fileURLToPath(new URL('../../fixtures/pki/ECDSA-P256', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'kadm-sign-'))
afterAll(() => rmSync(root, { recursive: true }))

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(root, 'case-'))
  for (const name of ['ca', 'front-proxy-ca', 'etcd/ca']) {
    for (const end of ['crt', 'key']) cpSync(join(fixtures, `${name}.${end}`), join(dir, 'ca', `${name}.${end}`))
  }
  mkdirSync(join(dir, 'csr/etcd'), { recursive: true })
  put('csr/etcd/peer.csr', request('cp1', [], ['cp1', 'localhost']))
  put('csr/front-proxy-client.csr', request('front-proxy-client'))
  put('csr/admin.conf.csr', request('kubernetes-admin', ['kubeadm:cluster-admins']))
})

function put(path: string, text: string): void {
  writeFileSync(join(dir, path), text)
}

function request(commonName: string, organizations: readonly string[] = [], dns: readonly string[] = []): string {
  return createSigningRequest({ subject: { commonName, organizations }, sans: { dns, ips: [] }, key: ecKey })
}

const text = (path: string) => readFileSync(join(dir, path), 'utf8')
const sign = (...argv: readonly string[]) =>
  runKadm(['certs', 'sign-csr', ...argv.map(word => word.replace(/^@/, `${dir}/`))])

describe('kadm certs sign-csr', () => {
  it('sign-csr signs the requests below a directory, each with the CA of its name', async () => {
    const { code, stdout } = await sign('@csr', '--cert-dir', '@ca', '-o', 'json')
    expect(code).toBe(0)
    const { certificates, caCertificates } = JSON.parse(stdout)
    expect(certificates.map(({ name, ca }: { name: string; ca: string }) => `${name} ${ca}`)).toEqual([
      'front-proxy-client front-proxy-ca',
      'etcd-peer etcd-ca',
      'admin.conf ca',
    ])
    expect(caCertificates).toHaveLength(3)
    const peer = parseCertificate(text('csr/etcd/peer.crt'))
    expect(peer).toMatchObject({
      usages: ['serverAuth', 'clientAuth'],
      sans: { dns: ['cp1', 'localhost'] },
      isCa: false,
    })
    expect(peer.x509.verify(parseCertificate(text('csr/etcd/ca.crt')).publicKey)).toBe(true)
    expect(statSync(join(dir, 'csr/etcd/peer.crt')).mode & 0o777).toBe(0o644)
  })

  it('sign-csr shows the subject and every name of each certificate', async () => {
    const { stdout } = await sign('@csr', '--cert-dir', '@ca')
    expect(stdout).toMatch(
      /etcd\/peer\.crt: signed by etcd-ca, valid until [-\d]{10}\n {2}subject: CN=cp1\n {2}names: cp1, localhost\n/,
    )
    expect(stdout).toContain('  subject: O=kubeadm:cluster-admins, CN=kubernetes-admin\n')
  })

  it('sign-csr completes a kubeconfig next to its request that holds the key', async () => {
    const common = { clusterName: 'kubernetes', server: 'https://10.0.0.1:6443', user: 'kubernetes-admin' }
    put('csr/admin.conf', renderKubeconfig({ ...common, clientKeyPem: privateKeyPem(ecKey) }).reveal())
    const { stdout, code } = await sign('@csr', '--cert-dir', '@ca')
    expect(code).toBe(0)
    expect(stdout).not.toContain('PRIVATE')
    const found = parseKubeconfig(text('csr/admin.conf'))
    expect(found).toMatchObject({ ...common, clientCertPem: text('csr/admin.conf.crt'), caPem: text('ca/ca.crt') })
    expect(found.clientKeyPem?.reveal()).toBe(privateKeyPem(ecKey).reveal())
  })

  it('sign-csr writes nothing when one of several requests is refused, and lists every fault', async () => {
    put('csr/front-proxy-client.csr', request('kubernetes-admin', ['system:masters']))
    put('csr/admin.conf.csr', 'not PEM')
    const { code, stderr } = await sign('@csr', '--cert-dir', '@ca')
    expect(code).toBe(1)
    expect(stderr).toContain('2 of 3 requests cannot be signed')
    expect(stderr).toMatch(/front-proxy-client\.csr +has the subject CN=kubernetes-admin, O=system:masters instead of/)
    expect(stderr).toMatch(/admin\.conf\.csr +holds no PEM block/)
    expect(existsSync(join(dir, 'csr/etcd/peer.crt'))).toBe(false)
  })

  it('sign-csr keeps existing certificates unless --force is set', async () => {
    await sign('@csr', '--cert-dir', '@ca')
    const before = text('csr/admin.conf.crt')
    expect(await sign('@csr', '--cert-dir', '@ca')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('exist already'),
    })
    expect(text('csr/admin.conf.crt')).toBe(before)
    expect((await sign('@csr', '--cert-dir', '@ca', '--force')).code).toBe(0)
    expect(text('csr/admin.conf.crt')).not.toBe(before)
  })

  it('sign-csr with --ca-cert, --ca-key and --name signs a file with any name', async () => {
    put('request.pem', request('front-proxy-client'))
    const ca = ['--ca-cert', '@ca/ca.crt', '--ca-key', '@ca/ca.key']
    const { code } = await sign(
      '@request.pem',
      ...ca,
      '--name',
      'front-proxy-client',
      '--out-dir',
      '@out',
      '--validity-period',
      '48h',
    )
    expect(code).toBe(0)
    const { notBefore, notAfter, issuer } = parseCertificate(text('out/front-proxy-client.crt'))
    expect(notAfter.getTime() - notBefore.getTime()).toBe(48 * 3_600_000 + 300_000)
    expect(issuer.commonName).toBe('kubernetes')
  })

  it.each([
    ['without a CA', ['@csr'], /needs the certificate and the key of a CA/, 2],
    ['with a CA directory and a CA', ['@csr', '--cert-dir', '@ca', '--ca-cert', '@ca/ca.crt'], /cannot be combined/, 2],
    [
      'without the key of a CA',
      ['@csr', '--cert-dir', '@csr'],
      /the CA is incomplete: .*ca\.crt and .*ca\.key missing/,
      1,
    ],
    [
      'with a key of another CA',
      ['@csr', '--ca-cert', '@ca/ca.crt', '--ca-key', '@ca/etcd/ca.key'],
      /does not belong to/,
      1,
    ],
    ['for a directory without requests', ['@ca', '--cert-dir', '@ca'], /has no certificate signing requests/, 2],
    [
      'for a file with an unknown name',
      ['@ca/ca.crt', '--cert-dir', '@ca'],
      /ca\.crt +is not the name of a request/,
      2,
    ],
    [
      'for another node',
      ['@csr/etcd/peer.csr', '--cert-dir', '@ca', '--node-name', 'cp2'],
      /CN=cp1 instead of CN=cp2/,
      1,
    ],
    [
      'with an unknown name',
      ['@csr/etcd/peer.csr', '--cert-dir', '@ca', '--name', 'ca'],
      /--name ca is not a certificate/,
      2,
    ],
    [
      'with one name for several requests',
      ['@csr', '--cert-dir', '@ca', '--name', 'apiserver'],
      /there are several/,
      2,
    ],
    [
      'with a validity period of zero',
      ['@csr', '--cert-dir', '@ca', '--validity-period', '0s'],
      /not a valid certificate validity period/,
      2,
    ],
    ['for a file that does not exist', ['@none.csr', '--cert-dir', '@ca'], /the file does not exist/, 2],
  ])('sign-csr %s fails before it writes', async (_, argv, message, code) => {
    const answer = await sign(...argv)
    expect(answer.stderr).toMatch(message)
    expect(answer.code).toBe(code)
    expect(existsSync(join(dir, 'csr/etcd/peer.crt'))).toBe(false)
  })

  it('sign-csr refuses a CA that is a leaf certificate', async () => {
    for (const end of ['crt', 'key']) cpSync(join(fixtures, `apiserver.${end}`), join(dir, `ca/ca.${end}`))
    expect((await sign('@csr', '--cert-dir', '@ca')).stderr).toContain('is not a CA certificate')
  })

  it('sign-csr warns when the certificate expires with its CA', async () => {
    const { stderr, code } = await sign('@csr/admin.conf.csr', '--cert-dir', '@ca', '--validity-period', '2000000h')
    expect(code).toBe(0)
    expect(stderr).toContain('the certificate expires with its CA')
  })
})
