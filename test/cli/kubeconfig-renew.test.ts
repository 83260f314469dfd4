import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { certSpec } from '../../src/pki/cert-table.ts'
import { type Certificate, parseCertificate } from '../../src/pki/certificate.ts'
import { issueClient, issueFromTable } from '../../src/pki/issue-from-table.ts'
import { algorithmOf, parsePrivateKey, privateKeyPem } from '../../src/pki/keys.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { matchesKey } from '../../src/pki/verify.ts'
import { renderKubeconfig } from '../../src/render/kubeconfig.ts'
import { makeCluster, makeNode } from '../fixtures/cluster.ts'
import { runKadm } from './run-kadm.ts'

const ecKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const year = 365 * 24 * 3_600_000
const longAgo = new Date(Date.now() - 3 * year)

interface Ca {
  readonly certificate: Certificate
  readonly key: KeyObject
}

function makeCa(): Ca {
  const key = ecKey()
  const parts = { cluster: makeCluster(), node: makeNode(), key, startedAt: longAgo }
  return { certificate: issueFromTable(certSpec('ca'), parts), key }
}

let dir: string
let ca: Ca
let user: KeyObject
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kadm-'))
  ca = makeCa()
  user = ecKey()
  await writeFile(join(dir, 'ca.crt'), ca.certificate.pem)
  await writeFile(join(dir, 'ca.key'), privateKeyPem(ca.key).reveal())
  const config = `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncertificatesDir: ${dir}\nencryptionAlgorithm: ECDSA-P384\n`
  await writeFile(join(dir, 'c.yaml'), config)
})
afterEach(() => rm(dir, { recursive: true }))

/** A kubeconfig whose certificate has expired. */
function expired(issuer: Ca = ca, organizations: readonly string[] = ['zeta', 'alpha']): string {
  const subject = { commonName: 'jane', organizations }
  const made = issueClient({ subject, key: user, issuer, startedAt: longAgo, validityMs: year })
  const text = renderKubeconfig({
    clusterName: 'mine',
    server: 'https://api.example.com:6443',
    caPem: issuer.certificate.pem,
    user: 'jane',
    clientCertPem: made.pem,
    clientKeyPem: privateKeyPem(user),
  }).reveal()
  return `# mine\n${text}`
}

const path = () => join(dir, 'jane.conf')
const renew = async (text: string, ...argv: readonly string[]) => {
  await writeFile(path(), text, { mode: 0o644 })
  return runKadm(['kubeconfig', 'renew', path(), '--config', join(dir, 'c.yaml'), ...argv])
}
const read = async (file = path()) => parseKubeconfig(await readFile(file, 'utf8'))

describe('kubeconfig renew', () => {
  it('replaces the certificate and the key in the file, and keeps user, groups, server and comments', async () => {
    const before = expired()
    expect(await renew(before, '--validity-period', '24h')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/jane\.conf: renewed for jane, expires on /),
      stderr: '',
    })
    const after = await read()
    const certificate = parseCertificate(after.clientCertPem ?? '')
    const key = parsePrivateKey(after.clientKeyPem?.reveal() ?? '')
    expect(certificate.subject).toEqual({ commonName: 'jane', organizations: ['zeta', 'alpha'] })
    expect(certificate.notAfter.getTime() - Date.now()).toBeLessThanOrEqual(24 * 3_600_000)
    expect([matchesKey(certificate, key), matchesKey(certificate, user)]).toEqual([true, false])
    expect(algorithmOf(key)).toBe('ECDSA-P384')
    const old = parseKubeconfig(before)
    expect(after).toMatchObject({ server: old.server, clusterName: 'mine', context: 'jane@mine', caPem: old.caPem })
    expect(await readFile(path(), 'utf8')).toMatch(/^# mine\n/)
    expect((await stat(path())).mode & 0o777).toBe(0o600)
    expect(await readFile(`${path()}.before`, 'utf8')).toBe(before)
  })

  it('writes to another file or to stdout and keeps the old one', async () => {
    const before = expired()
    const other = join(dir, 'new.conf')
    expect((await renew(before, '--to', other)).code).toBe(0)
    const { code, stdout } = await renew(before, '--to', '-')
    expect(code).toBe(0)
    expect(parseKubeconfig(stdout)).toMatchObject({ user: 'jane' })
    expect(await read(other)).toMatchObject({ user: 'jane' })
    expect(await readFile(path(), 'utf8')).toBe(before)
    expect((await renew(before, '--to', other)).stderr).toContain('exists already and differs')
  })

  it('replaces the target of a link and keeps the link', async () => {
    const link = join(dir, 'link.conf')
    await writeFile(path(), expired())
    await symlink(path(), link)
    expect((await runKadm(['kubeconfig', 'renew', link, '--config', join(dir, 'c.yaml')])).code).toBe(0)
    expect(parseCertificate((await read(link)).clientCertPem ?? '').notAfter.getTime()).toBeGreaterThan(Date.now())
    expect(await read()).toMatchObject({ user: 'jane' })
  })

  it('warns about the group system:masters', async () => {
    expect((await renew(expired(ca, ['system:masters']))).stderr).toMatch(/^warning: the group system:masters has all/)
  })

  it.each<[what: string, text: () => string, says: RegExp]>([
    [
      'a certificate of another CA',
      () => expired(makeCa()),
      /the CA on .* did not sign the certificate in .*jane\.conf/,
    ],
    [
      'a token',
      () => renderKubeconfig({ clusterName: 'x', server: 'https://x', caPem: 'x', user: 'x', token: 'x' }).reveal(),
      /with a token, which kadm does not renew/,
    ],
    [
      'a certificate in another file',
      () => expired().replace(/client-certificate-data: .*/, 'client-certificate: /x'),
      /has no embedded client certificate/,
    ],
    [
      'a CA in another file',
      () => expired().replace(/certificate-authority-data: .*/, 'certificate-authority: /x'),
      /has no embedded CA certificate/,
    ],
    ['text that is not a kubeconfig', () => 'x', /jane\.conf/],
  ])('refuses a kubeconfig with %s and does not change it', async (_, text, says) => {
    const before = text()
    const { code, stderr } = await renew(before)
    expect([code, stderr]).toEqual([1, expect.stringMatching(says)])
    expect(await readFile(path(), 'utf8')).toBe(before)
  })

  it('refuses the certificate of a server that the CA signed', async () => {
    const parts = { cluster: makeCluster(), node: makeNode(), key: user, issuer: ca, startedAt: longAgo }
    const pem = issueFromTable(certSpec('apiserver'), parts).pem
    const text = expired().replace(
      /client-certificate-data: .*/,
      `client-certificate-data: ${Buffer.from(pem).toString('base64')}`,
    )
    expect((await renew(text)).stderr).toMatch(/is not a client certificate/)
  })

  it('trusts the CA on the host when the file trusts another one', async () => {
    const other = Buffer.from(makeCa().certificate.pem).toString('base64')
    const text = expired().replace(/certificate-authority-data: .*/, `certificate-authority-data: ${other}`)
    const { stdout } = await renew(text, '-o', 'json')
    expect(JSON.parse(stdout)).toMatchObject({ user: 'jane', organizations: ['zeta', 'alpha'], caReplaced: true })
    expect((await read()).caPem).toBe(ca.certificate.pem)
  })

  it.each([
    [['--validity-period', '0s'], /--validity-period 0s is not a valid certificate validity/],
    [['--host', 'a,b'], /give exactly one --host/],
  ])('rejects %j before it reaches a host', async (argv, says) => {
    const { code, stderr } = await renew(expired(), ...argv)
    expect([code, stderr]).toEqual([2, expect.stringMatching(says)])
  })
})

describe('kubeconfig user', () => {
  it('warns about the group system:masters', async () => {
    const argv = [
      'kubeconfig',
      'user',
      '--client-name',
      'x',
      '--org',
      'system:masters',
      '--config',
      join(dir, 'c.yaml'),
    ]
    expect((await runKadm(argv)).stderr).toMatch(/the group system:masters has all permissions/)
  })
})
