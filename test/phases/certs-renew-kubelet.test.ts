import { beforeAll, describe, expect, it } from 'vitest'
import { type FakeCall, type FakeHost, fakeHost } from '../../src/host/fake.ts'
import type { Stat } from '../../src/host/host.ts'
import { certs } from '../../src/phases/certs/index.ts'
import { renewKubeletFiles } from '../../src/phases/certs-renew/index.ts'
import { parseCertificate } from '../../src/pki/certificate.ts'
import { issue } from '../../src/pki/issue.ts'
import { generateKey, parsePrivateKey, privateKeyPem } from '../../src/pki/keys.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { matchesKey, verifySignedBy } from '../../src/pki/verify.ts'
import { renderKubeletKubeconfig } from '../../src/render/kubeconfig.ts'
import { makeNode } from '../fixtures/cluster.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const conf = '/etc/kubernetes/kubelet.conf'
const pki = '/var/lib/kubelet/pki'
const current = `${pki}/kubelet-client-current.pem`
const dated = `${pki}/kubelet-client-2026-06-01-00-00-00.pem`
const caCrt = '/etc/kubernetes/pki/ca.crt'
const minute = 60_000
const day = 24 * 60 * minute
/** The phase compares dates with the clock of the host. */
const now = new Date()
const ago = new Date(now.getTime() - day)
const ahead = new Date(now.getTime() + day)

let ca: Readonly<Record<string, string>>
let oldKey: string

beforeAll(async () => {
  const host = fakeHost()
  await runPhase(certs.ca, { host, now: new Date(now.getTime() - 400 * day) })
  ca = {
    [caCrt]: await textIn(host, caCrt),
    '/etc/kubernetes/pki/ca.key': await textIn(host, '/etc/kubernetes/pki/ca.key'),
  }
  oldKey = privateKeyPem(await generateKey('ECDSA-P256')).reveal()
})

async function textIn(host: FakeHost, path: string): Promise<string> {
  return Buffer.from((await host.readFile(path)) ?? '').toString()
}

function pem(commonName: string, notAfter: Date): string {
  const caPem = ca[caCrt] ?? ''
  const issuer = { certificate: parseCertificate(caPem), key: parsePrivateKey(ca['/etc/kubernetes/pki/ca.key'] ?? '') }
  const { pem } = issue({
    ...{ subject: { commonName, organizations: ['system:nodes'] }, usages: ['clientAuth'] },
    ...{ sans: { dns: [], ips: [] }, ca: false, key: parsePrivateKey(oldKey), issuer },
    ...{ notBefore: new Date(now.getTime() - 2 * day), notAfter },
  })
  return `${pem}${oldKey}`
}

const linked = () =>
  renderKubeletKubeconfig({ server: 'https://10.0.0.1:6443', caPem: ca[caCrt] ?? '', certificate: current })

interface Place {
  readonly files?: Readonly<Record<string, string>>
  /** Whether `current` is a link to `dated`. */
  readonly link?: boolean
}

/** A host that reads certificates and links as real ones do. */
function hostWith({ files = {}, link = true }: Place): FakeHost {
  const commands = async ({ argv }: FakeCall) => {
    if (argv[0] === 'sed') return { stdout: await textIn(host, real(argv.at(-1) ?? '')) }
    if (argv[0] === 'readlink') return { stdout: `${real(argv.at(-1) ?? '')}\n` }
    return 0
  }
  const real = (path: string) => (link && path === current ? dated : path)
  const fake = fakeHost({ files, commands })
  const stat = async (path: string) =>
    link && path === current ? ({ ...(await fake.stat(dated)), kind: 'link' } as Stat) : fake.stat(path)
  const host: FakeHost = { ...fake, stat }
  return host
}

describe('the client certificate of a kubelet', () => {
  it('certs renew replaces an expired one behind its link, for the same node, with a new key', async () => {
    const host = hostWith({ files: { ...ca, [conf]: linked(), [dated]: pem('system:node:cp1', ago) } })
    const { changes, results } = await runPhase(renewKubeletFiles, { host, cluster: quickCluster() })
    expect(changes).toEqual([`file ${dated}`])
    const text = await textIn(host, dated)
    const made = parseCertificate(text)
    expect(made.subject).toEqual({ commonName: 'system:node:cp1', organizations: ['system:nodes'] })
    expect(made.usages).toEqual(['clientAuth'])
    expect(verifySignedBy(made, [parseCertificate(ca[caCrt] ?? '')], now)).toEqual({ valid: true })
    expect(matchesKey(made, parsePrivateKey(text))).toBe(true)
    expect(text).not.toContain(oldKey.trim())
    expect(results).toEqual([['renewed', `kubelet-client ${made.notAfter.toISOString()}`]])
    expect(await runPhase(renewKubeletFiles, { host })).toMatchObject({ changes: [], results: [] })
  })

  it('certs renew makes a missing one, and the link that the kubelet rotates', async () => {
    const host = hostWith({ files: { ...ca, [conf]: linked() }, link: false })
    const { changes } = await runPhase(renewKubeletFiles, { host })
    const made = changes[0]?.replace('file ', '') ?? ''
    expect(made).toMatch(/^\/var\/lib\/kubelet\/pki\/kubelet-client-\d{4}(-\d\d){5}\.pem$/)
    expect(changes[1]).toBe(`exec ln -sfn -- ${made} ${current}`)
    expect(parseCertificate(await textIn(host, made)).subject.commonName).toBe('system:node:cp1')
  })

  it('certs renew replaces an expired one that kubelet.conf embeds', async () => {
    const old = pem('system:node:cp1', ago)
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const embedded = linked()
      .replace(`client-certificate: ${current}`, `client-certificate-data: ${base64(parseCertificate(old).pem)}`)
      .replace(`client-key: ${current}`, `client-key-data: ${base64(oldKey)}`)
    const host = hostWith({ files: { ...ca, [conf]: embedded } })
    expect((await runPhase(renewKubeletFiles, { host })).changes).toEqual([`file ${conf}`])
    const { clientCertPem = '', clientKeyPem } = parseKubeconfig(await textIn(host, conf))
    const made = parseCertificate(clientCertPem)
    expect(made.notAfter > now).toBe(true)
    expect(matchesKey(made, parsePrivateKey(clientKeyPem?.reveal() ?? ''))).toBe(true)
  })

  it.each([
    ['keeps one that has not expired, and does not report it', undefined, undefined, [], []],
    ['replaces a named one that has not expired', 'always', undefined, [`file ${dated}`], ['renewed']],
    ['keeps a named one that expires later than --expiring-within', 'always', minute, [], ['kept']],
    ['replaces a named one that expires within --expiring-within', 'always', 2 * day, [`file ${dated}`], ['renewed']],
  ] as const)('certs renew %s', async (_, kubelets, expiringWithinMs, changes, outcomes) => {
    const host = hostWith({ files: { ...ca, [conf]: linked(), [dated]: pem('system:node:cp1', ahead) } })
    const request = {
      ...(kubelets === undefined ? {} : { kubelets }),
      ...(expiringWithinMs === undefined ? {} : { expiringWithinMs }),
    }
    const outcome = await runPhase(renewKubeletFiles, { host, request })
    expect(outcome.changes).toEqual(changes)
    expect(outcome.results.map(([key]) => key)).toEqual(outcomes)
  })

  it('the certificate of a worker is signed by the CA of a control plane, whose key stays there', async () => {
    const cluster = { ...quickCluster(), nodes: [makeNode({ role: 'worker', name: 'w1' })] }
    const host = hostWith({ files: { [conf]: linked(), [dated]: pem('system:node:w1', ago) } })
    const source = fakeHost({ files: ca })
    const { changes } = await runPhase(renewKubeletFiles, { host, cluster, source })
    expect(changes).toEqual([`file ${dated}`])
    const made = parseCertificate(await textIn(host, dated))
    expect(made.subject.commonName).toBe('system:node:w1')
    expect(verifySignedBy(made, [parseCertificate(ca[caCrt] ?? '')], now)).toEqual({ valid: true })
  })

  it('certs renew changes nothing on a worker of another cluster than the control plane', async () => {
    const cluster = { ...quickCluster(), nodes: [makeNode({ role: 'worker', name: 'w1' })] }
    const host = hostWith({ files: { [conf]: linked(), [dated]: pem('system:node:w1', ago) } })
    const other = fakeHost({ name: 'cp9' })
    await runPhase(certs.ca, { host: other })
    await expect(runPhase(renewKubeletFiles, { host, cluster, source: other })).rejects.toMatchObject({
      code: 'CERT_INVALID',
      message: `${conf} on fake does not trust the CA of cp9`,
    })
    expect(await textIn(host, dated)).toContain(oldKey)
  })

  it('certs renew reports a kubelet certificate as external if no host has the key of the CA', async () => {
    const host = hostWith({
      files: { [caCrt]: ca[caCrt] ?? '', [conf]: linked(), [dated]: pem('system:node:cp1', ago) },
    })
    expect(await runPhase(renewKubeletFiles, { host })).toMatchObject({
      changes: [],
      results: [['external', `kubelet-client ${secondsOf(ago)}`]],
    })
  })
})

const secondsOf = (date: Date) => new Date(Math.floor(date.getTime() / 1000) * 1000).toISOString()

describe('the serving certificate of a kubelet', () => {
  function serving(issuer: string, notAfter: Date): string {
    const key = parsePrivateKey(oldKey)
    const subject = { commonName: issuer, organizations: [] }
    const common = { usages: ['serverAuth'] as const, sans: { dns: ['cp1'], ips: [] }, key }
    const dates = { notBefore: new Date(now.getTime() - 2 * day), notAfter }
    return issue({ ...common, ...dates, subject, ca: true }).pem
  }

  it.each([
    ['removes one of the kubelet that has expired', 'cp1-ca@1764504000', ago, true],
    ['keeps one of the kubelet that has not expired', 'cp1-ca@1764504000', ahead, false],
    ['keeps one that the operator made', 'Example CA', ago, false],
  ])('certs renew %s', async (_, issuer, notAfter, removed) => {
    const files = { [`${pki}/kubelet.crt`]: serving(issuer, notAfter), [`${pki}/kubelet.key`]: oldKey }
    const { changes } = await runPhase(renewKubeletFiles, { host: hostWith({ files }) })
    expect(changes).toEqual(removed ? [`remove ${pki}/kubelet.crt`, `remove ${pki}/kubelet.key`] : [])
  })
})
