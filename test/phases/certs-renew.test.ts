import { beforeAll, describe, expect, it } from 'vitest'
import { pairOf } from '../../src/cluster/node-files.ts'
import { type RenewableName, renewableNames } from '../../src/cluster/renewable-names.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { certs } from '../../src/phases/certs/index.ts'
import { certsRenew } from '../../src/phases/certs-renew/index.ts'
import { kubeconfigs } from '../../src/phases/kubeconfig/index.ts'
import { certSpec } from '../../src/pki/cert-table.ts'
import { type Certificate, parseCertificate } from '../../src/pki/certificate.ts'
import { algorithmOf, generateKey, parsePrivateKey, privateKeyPem } from '../../src/pki/keys.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { matchesKey, verifySignedBy } from '../../src/pki/verify.ts'
import { makeNode, makeRequest } from '../fixtures/cluster.ts'
import { type OnePhase, quickCluster, runPhase } from './run-phase.ts'

const pki = '/etc/kubernetes/pki'
const minute = 60_000
const day = 24 * 60 * minute
const made = new Date('2026-06-01T00:00:00Z')
const now = new Date('2027-05-20T00:00:00Z')

/** The files of a control plane, by path. */
let files: Record<string, string>

beforeAll(async () => {
  const host = fakeHost()
  for (const phase of [...Object.values(certs), ...Object.values(kubeconfigs)])
    await runPhase(phase, { host, now: made })
  files = await filesOf(host)
})

const places = ['/etc/kubernetes', pki, `${pki}/etcd`]

async function filesOf(host: FakeHost): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const dir of places) {
    for (const name of await host.list(dir)) {
      const path = `${dir}/${name}`
      if ((await host.stat(path))?.kind === 'file')
        found[path] = Buffer.from((await host.readFile(path)) ?? '').toString()
    }
  }
  return found
}

const isConf = (name: string): name is Extract<RenewableName, `${string}.conf`> => name.endsWith('.conf')
const conf = (name: string) => `/etc/kubernetes/${name}`

function pathsOf(name: RenewableName): readonly string[] {
  if (isConf(name)) return [conf(name)]
  const { certificate, key } = pairOf(pki, name)
  return [key, certificate]
}

/** The certificate in the files of a name, and whether its key belongs to it. */
function contentOf(name: RenewableName, of: Readonly<Record<string, string>>) {
  if (isConf(name)) {
    const { clientCertPem = '', clientKeyPem, caPem = '' } = parseKubeconfig(of[conf(name)] ?? '')
    const certificate = parseCertificate(clientCertPem)
    const key = parsePrivateKey(clientKeyPem?.reveal() ?? '')
    return { certificate, key, matches: matchesKey(certificate, key), caPem }
  }
  const [keyPath = '', certificatePath = ''] = pathsOf(name)
  const certificate = parseCertificate(of[certificatePath] ?? '')
  const key = parsePrivateKey(of[keyPath] ?? '')
  return { certificate, key, matches: matchesKey(certificate, key), caPem: '' }
}

function caOf(name: RenewableName): Certificate {
  const ca = isConf(name) ? 'ca' : (certSpec(name).signedBy ?? 'ca')
  return parseCertificate(files[pairOf(pki, ca).certificate] ?? '')
}

function phaseOf(name: RenewableName) {
  const found = certsRenew.find(({ id }) => id === `certs-renew/${name}`)
  if (found === undefined) throw new Error(`no phase for ${name}`)
  return found
}

/** Renews one certificate on a host with these files changed; undefined removes one. */
async function renew(
  name: RenewableName,
  changed: Readonly<Record<string, string | undefined>> = {},
  one: Omit<OnePhase, 'host'> = {},
) {
  const present = Object.entries({ ...files, ...changed }).flatMap(([path, text]) =>
    text === undefined ? [] : [[path, text] as const],
  )
  const host = fakeHost({ files: Object.fromEntries(present) })
  const outcome = await runPhase(phaseOf(name), { host, now, ...one })
  return { ...outcome, after: await filesOf(host), host }
}

const attributes = ({ subject, sans, usages, isCa }: Certificate) => ({ subject, sans, usages, isCa })

describe('certs renew', () => {
  it.each(renewableNames)('certs renew replaces the certificate and the key of %s, and nothing else', async name => {
    const before = contentOf(name, files)
    const { after, changes, warnings, results } = await renew(name)
    const renewed = contentOf(name, after)
    expect(changes).toEqual(pathsOf(name).map(path => `file ${path}`))
    expect(warnings).toEqual([])
    expect(attributes(renewed.certificate)).toEqual(attributes(before.certificate))
    expect(renewed.matches).toBe(true)
    expect(renewed.key.equals(before.key)).toBe(false)
    expect(verifySignedBy(renewed.certificate, [caOf(name)], now)).toEqual({ valid: true })
    expect(renewed.certificate.notBefore).toEqual(new Date(now.getTime() - 5 * minute))
    expect(renewed.certificate.notAfter).toEqual(new Date(now.getTime() + 365 * day))
    expect(results).toEqual([['renewed', `${name} ${renewed.certificate.notAfter.toISOString()}`]])
  })

  it('certs renew uses the algorithm and the validity of the configuration', async () => {
    const cluster = quickCluster({ config: { encryptionAlgorithm: 'ECDSA-P384', certificateValidityPeriod: 7 * day } })
    const { certificate, key } = contentOf('apiserver', (await renew('apiserver', {}, { cluster })).after)
    expect(algorithmOf(key)).toBe('ECDSA-P384')
    expect(certificate.notAfter).toEqual(new Date(now.getTime() + 7 * day))
  })

  it('certs renew keeps the names of the existing certificate and warns that the configuration has others', async () => {
    const cluster = quickCluster({ config: { apiServer: { certSANs: ['lb.example.com'] } } })
    const { after, warnings } = await renew('apiserver', {}, { cluster })
    expect(contentOf('apiserver', after).certificate.sans.dns).not.toContain('lb.example.com')
    expect(warnings).toEqual([expect.stringMatching(/apiserver\.crt .*lacks lb\.example\.com.*a renewal keeps it/)])
    const assumed = await renew('apiserver', {}, { cluster, request: { assumedConfig: true } })
    expect(assumed.warnings).toEqual([])
  })

  it('certs renew keeps the mode of existing files', async () => {
    const [keyPath = '', certificatePath = ''] = pathsOf('etcd-server')
    const host = fakeHost({ files })
    await host.writeFile({ path: keyPath, content: files[keyPath] ?? '', mode: 0o640 })
    await host.writeFile({ path: certificatePath, content: files[certificatePath] ?? '', mode: 0o600 })
    await runPhase(phaseOf('etcd-server'), { host, now })
    expect([(await host.stat(keyPath))?.mode, (await host.stat(certificatePath))?.mode]).toEqual([0o640, 0o600])
  })

  it('certs renew replaces the file that a link leads to, and keeps the link', async () => {
    const [keyPath = '', certificatePath = ''] = pathsOf('apiserver')
    const target = '/srv/apiserver.crt'
    const fake = fakeHost({ files, commands: { [`readlink -f -- ${certificatePath}`]: { stdout: `${target}\n` } } })
    await fake.writeFile({ path: target, content: files[certificatePath] ?? '', mode: 0o640 })
    const host: FakeHost = {
      ...fake,
      async stat(path) {
        const found = await fake.stat(path)
        return path === certificatePath && found !== undefined ? { ...found, kind: 'link', mode: 0o777 } : found
      },
    }
    const { changes } = await runPhase(phaseOf('apiserver'), { host, now })
    expect(changes).toEqual([`file ${keyPath}`, `file ${target}`])
    expect((await fake.stat(target))?.mode).toBe(0o640)
  })

  it.each(renewableNames)('certs renew reports that %s is missing, and changes nothing', async name => {
    const gone = Object.fromEntries(pathsOf(name).map(path => [path, undefined]))
    const { changes, results } = await renew(name, gone)
    expect({ changes, results }).toEqual({ changes: [], results: [['missing', name]] })
  })

  it.each(renewableNames)('certs renew keeps %s when the key of its CA is not on the host', async name => {
    const ca = isConf(name) ? 'ca' : (certSpec(name).signedBy ?? 'ca')
    const { changes, results } = await renew(name, { [pairOf(pki, ca).key]: undefined })
    const { certificate } = contentOf(name, files)
    expect({ changes, results }).toEqual({
      changes: [],
      results: [['external', `${name} ${certificate.notAfter.toISOString()}`]],
    })
  })

  it('certs renew skips the certificates of etcd when etcd is external', () => {
    const external = { endpoints: ['https://10.0.0.9:2379'] }
    const cluster = quickCluster({ config: { etcd: { external } } })
    const skipped = certsRenew.filter(phase => phase.skip?.({ cluster, node: makeNode(), request: makeRequest() }))
    expect(skipped.map(({ id }) => id)).toEqual(
      ['apiserver-etcd-client', 'etcd-healthcheck-client', 'etcd-peer', 'etcd-server'].map(
        name => `certs-renew/${name}`,
      ),
    )
  })

  it('certs renew skips the kubeconfigs when --cert-dir is not the directory of the cluster', () => {
    const target = { cluster: quickCluster(), node: makeNode(), request: makeRequest({ kubeconfigsOf: pki }) }
    const skipped = certsRenew.filter(phase => phase.skip?.(target)).map(({ id }) => id)
    expect(skipped).toEqual(renewableNames.filter(isConf).map(name => `certs-renew/${name}`))
  })
})

describe('certs renew with a CA that cannot sign', () => {
  const ca = pairOf(pki, 'ca')
  it.each([
    ['does not exist', { [ca.certificate]: undefined }, /ca\.crt does not exist/],
    [
      'is not a CA',
      () => ({ [ca.certificate]: files[pairOf(pki, 'apiserver').certificate] }),
      /is not a CA certificate/,
    ],
    ['has another key', () => ({ [ca.key]: files[pairOf(pki, 'etcd-ca').key] }), /ca\.key does not belong to/],
  ])('certs renew fails and changes nothing when the CA %s', async (_, changed, words) => {
    const given = typeof changed === 'function' ? changed() : changed
    for (const name of ['apiserver', 'admin.conf'] as const) {
      await expect(renew(name, given)).rejects.toMatchObject({
        code: 'CERT_INVALID',
        message: expect.stringMatching(words),
      })
    }
  })

  it('certs renew fails when the CA has expired', async () => {
    const later = new Date(made.getTime() + 3651 * day)
    await expect(renew('apiserver', {}, { now: later })).rejects.toThrow(/ca\.crt on fake expired on/)
  })
})

describe('certs renew --expiring-within', () => {
  it.each(renewableNames)(
    'certs renew --expiring-within renews %s only when it expires within that time',
    async name => {
      const kept = await renew(name, {}, { request: { expiringWithinMs: 11 * day } })
      const { certificate } = contentOf(name, files)
      expect(kept.changes).toEqual([])
      expect(kept.results).toEqual([['kept', `${name} ${certificate.notAfter.toISOString()}`]])
      const renewed = await renew(name, {}, { request: { expiringWithinMs: 12 * day } })
      expect(renewed.changes).toEqual(pathsOf(name).map(path => `file ${path}`))
    },
  )

  it.each(renewableNames)('certs renew --expiring-within renews %s when it has expired', async name => {
    const later = new Date(made.getTime() + 400 * day)
    const { results } = await renew(name, {}, { now: later, request: { expiringWithinMs: 0 } })
    expect(results).toEqual([['renewed', expect.stringContaining(name)]])
  })
})

/** What a crash of the host between the two renames leaves, in either order, and other halves. */
describe('certs renew after an interrupted renewal', () => {
  const within = { request: { expiringWithinMs: day } }
  it.each([
    ['new key beside an old certificate', 0],
    ['new certificate beside an old key', 1],
  ])('certs renew replaces a %s, also when it does not expire soon', async (_, part) => {
    for (const name of ['apiserver', 'etcd-peer', 'front-proxy-client'] as const) {
      const { after } = await renew(name)
      const path = pathsOf(name)[part] ?? ''
      const { warnings, results, after: repaired } = await renew(name, { [path]: after[path] }, within)
      expect(results).toEqual([['renewed', expect.stringContaining(name)]])
      expect(warnings).toEqual([expect.stringContaining('does not belong to')])
      expect(contentOf(name, repaired).matches).toBe(true)
    }
  })

  it('certs renew creates a missing key together with its certificate', async () => {
    const [keyPath = ''] = pathsOf('apiserver')
    const { after } = await renew('apiserver', { [keyPath]: undefined })
    expect(contentOf('apiserver', after).matches).toBe(true)
  })
})

describe('certs renew of a kubeconfig', () => {
  const path = conf('admin.conf')

  it('certs renew keeps everything else in a kubeconfig, comments and further contexts included', async () => {
    const extra = `# by the operator\n${files[path]?.replace('contexts:', 'contexts:\n- context:\n    cluster: other\n    user: other\n  name: other')}`
    const { after } = await renew('admin.conf', { [path]: extra })
    const data = /client-(certificate|key)-data: \S+/g
    expect(after[path]?.replace(data, '')).toBe(extra.replace(data, ''))
    expect(contentOf('admin.conf', after).matches).toBe(true)
  })

  it('certs renew writes the CA of the host into a kubeconfig that does not trust it', async () => {
    const other = parseCertificate(files[pairOf(pki, 'etcd-ca').certificate] ?? '')
    const own = parseCertificate(files[pairOf(pki, 'ca').certificate] ?? '')
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const text = files[path]?.replace(base64(own.pem), base64(other.pem))
    const { after } = await renew('admin.conf', { [path]: text }, { request: { expiringWithinMs: 0 } })
    expect(contentOf('admin.conf', after).caPem).toBe(own.pem)
    const both = files[path]?.replace(base64(own.pem), base64(other.pem + own.pem))
    expect(contentOf('admin.conf', (await renew('admin.conf', { [path]: both })).after).caPem).toBe(other.pem + own.pem)
  })

  it.each([
    ['client certificate', /client-certificate-data: .*\n/],
    ['CA certificate', /certificate-authority-data: .*\n/],
  ])('certs renew rejects a kubeconfig without an embedded %s', async (what, line) => {
    await expect(renew('admin.conf', { [path]: files[path]?.replace(line, '') })).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
      message: `${path} has no embedded ${what}`,
    })
  })

  it('certs renew replaces a client key of another certificate, also when it does not expire soon', async () => {
    const key = privateKeyPem(await generateKey('ECDSA-P256')).reveal()
    const text = files[path]?.replace(/(client-key-data: )\S+/, `$1${Buffer.from(key).toString('base64')}`)
    const { results } = await renew('admin.conf', { [path]: text }, { request: { expiringWithinMs: 0 } })
    expect(results).toEqual([['renewed', expect.stringContaining('admin.conf')]])
  })
})

it('certs renew never reports a private key', async () => {
  const { progress, warnings, results, changes } = await renew('apiserver')
  expect(JSON.stringify([progress, warnings, results, changes])).not.toContain('PRIVATE KEY')
})
