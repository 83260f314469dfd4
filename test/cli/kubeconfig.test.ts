import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { writeUnlessOther } from '../../src/cli/write-own.ts'
import { certSpec } from '../../src/pki/cert-table.ts'
import { issueFromTable } from '../../src/pki/issue-from-table.ts'
import { privateKeyPem } from '../../src/pki/keys.ts'
import { makeCluster, makeNode } from '../fixtures/cluster.ts'
import { deadHost, runKadm } from './run-kadm.ts'

describe('the flags of kubeconfig user', () => {
  it.each([
    [[], /required flag\(s\) "client-name" not set/],
    [['--client-name', ''], /required flag\(s\) "client-name" not set/],
    [['--client-name', 'a', '--validity-period', '1y'], /--validity-period 1y is not a valid certificate validity/],
    [['--client-name', 'a', '--validity-period', '-1h'], /--validity-period -1h is not a valid certificate validity/],
    [['--client-name', 'a', '--token', 'x', '--token-file', '{dir}/t'], /the token is set twice/],
    [['--client-name', 'a', '--token-file', '{dir}/empty'], /the file is empty/],
    [['--client-name', 'a', '--config', '{dir}/none'], /the file does not exist/],
    [['--client-name', 'a', '--host', 'other'], /give exactly one --host/],
  ])('kubeconfig user rejects %j before it reaches a host', async (argv, message) => {
    const { code, stderr } = await runKadm(['kubeconfig', 'user', ...argv, ...deadHost], { t: 'x', empty: '\n' })
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })

  it('kubeconfig user warns about a long validity period and continues', async () => {
    const argv = ['kubeconfig', 'user', '--client-name', 'a', '--validity-period', '8761h', ...deadHost]
    const { code, stderr } = await runKadm(argv)
    expect(code).toBe(4)
    expect(stderr).toContain('warning: the specified certificate validity period 8761h is longer than the default')
  })
})

describe('kubeconfig user', () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const parts = { cluster: makeCluster(), node: makeNode(), key, startedAt: new Date() }
  let certificatesDir: string
  beforeEach(async () => {
    certificatesDir = await mkdtemp(join(tmpdir(), 'kadm-'))
    await writeFile(join(certificatesDir, 'ca.crt'), issueFromTable(certSpec('ca'), parts).pem)
    await writeFile(join(certificatesDir, 'ca.key'), privateKeyPem(key).reveal())
  })
  afterEach(() => rm(certificatesDir, { recursive: true }))

  it.each([
    ['a token', ['--token', 'x'], { token: 'x' }],
    ['a certificate when the token is empty', ['--token', ''], { 'client-key-data': expect.any(String) }],
  ])('kubeconfig user writes %s and the server of the configuration file', async (_, argv, user) => {
    const cluster = `certificatesDir: ${certificatesDir}\ncontrolPlaneEndpoint: api:7443\nencryptionAlgorithm: ECDSA-P256\n`
    const files = { 'c.yaml': `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n${cluster}` }
    const all = ['kubeconfig', 'user', '--client-name', 'a', '--config', '{dir}/c.yaml', ...argv]
    const { code, stdout } = await runKadm(all, files)
    expect(code).toBe(0)
    expect(parse(stdout)).toMatchObject({ clusters: [{ cluster: { server: 'https://api:7443' } }], users: [{ user }] })
  })
})

describe('the file of kubeconfig fetch', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kadm-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  it('a new kubeconfig and its new directory are accessible only by their owner', async () => {
    const path = join(dir, 'new', 'config')
    expect(writeUnlessOther(path, 'text', false)).toBe(true)
    expect([(await stat(path)).mode & 0o777, (await stat(join(dir, 'new'))).mode & 0o777]).toEqual([0o600, 0o700])
    expect(writeUnlessOther(path, 'text', false)).toBe(false)
  })

  it('a different kubeconfig is overwritten only with --force, and a backup is kept', async () => {
    const path = join(dir, 'config')
    await writeFile(path, 'theirs')
    expect(() => writeUnlessOther(path, 'mine', false)).toThrow('exists already and differs')
    expect(await readFile(path, 'utf8')).toBe('theirs')
    expect(writeUnlessOther(path, 'mine', true)).toBe(true)
    expect([await readFile(path, 'utf8'), await readFile(`${path}.before`, 'utf8')]).toEqual(['mine', 'theirs'])
  })
})

describe('certs', () => {
  it('certs certificate-key prints 32 random bytes as hex', async () => {
    const [first, second] = [await runKadm(['certs', 'certificate-key']), await runKadm(['certs', 'certificate-key'])]
    expect(first.stdout).toMatch(/^[0-9a-f]{64}\n$/)
    expect(first.stdout).not.toBe(second.stdout)
    const { certificateKey } = JSON.parse((await runKadm(['certificates', 'certificate-key', '-o', 'json'])).stdout)
    expect(certificateKey).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each([[['alpha'], 'alpha']])('kadm reports that it does not have the command %j', async (argv, name) => {
    const { code, stderr } = await runKadm(argv)
    expect(code).toBe(2)
    expect(stderr).toMatch(new RegExp(`not have the command ${name} +NOT_BUILT\n.*use \`kubeadm ${name}\``))
  })

  it('certs rejects an unknown subcommand', async () => {
    expect((await runKadm(['certs', 'certificate-keys'])).stderr).toMatch(/unknown command 'certificate-keys' +USAGE/)
  })
})

describe('kubeconfig fetch', () => {
  it.each([
    [['--host', 'b'], /copies one file: give exactly one --host/],
    [['--to', '-', '-o', 'json'], /cannot be combined with -o json/],
  ])('kubeconfig fetch rejects %j before it reaches a host', async (argv, says) => {
    const { code, stderr } = await runKadm(['kubeconfig', 'fetch', ...deadHost, ...argv])
    expect(code).toBe(2)
    expect(stderr).toMatch(says)
  })
})
