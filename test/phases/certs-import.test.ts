import { beforeAll, describe, expect, it } from 'vitest'
import { type BroughtCertificate, type ImportRequest, renewalDir } from '../../src/cluster/csr-request.ts'
import { pairOf } from '../../src/cluster/node-files.ts'
import type { ProfileName } from '../../src/cluster/profile-names.ts'
import { secret } from '../../src/cluster/secret.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { certs } from '../../src/phases/certs/index.ts'
import { certificateRequests, kubeconfigRequests } from '../../src/phases/certs-csr/index.ts'
import { importCertificates } from '../../src/phases/certs-import/index.ts'
import { kubeconfigs } from '../../src/phases/kubeconfig/index.ts'
import { certSpec } from '../../src/pki/cert-table.ts'
import { parseCertificate } from '../../src/pki/certificate.ts'
import { type CertificateRequest, type Issuer, issueCertificate } from '../../src/pki/issue.ts'
import { parsePrivateKey, privateKeyPem, publicKeyPem } from '../../src/pki/keys.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { encodePem } from '../../src/pki/pem.ts'
import { type Profile, profileNamed, profiles } from '../../src/pki/profile.ts'
import { parseRequest } from '../../src/pki/read-request.ts'
import { makeTemporaryCa } from '../../src/pki/temporary-ca.ts'
import { matchesKey } from '../../src/pki/verify.ts'
import { makeNode } from '../fixtures/cluster.ts'
import { ecKey } from '../pki/hostile-request.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const pki = '/etc/kubernetes/pki'
const staging = renewalDir(pki)
const day = 24 * 3_600_000
const made = new Date('2026-06-01T00:00:00Z')
const now = new Date('2027-05-20T00:00:00Z')
const cluster = quickCluster()

/** The files of a control plane without the keys of its CAs, and with keys and requests for a renewal. */
let files: Record<string, string>
let cas: ReadonlyMap<string, Issuer>

beforeAll(async () => {
  const host = fakeHost()
  for (const phase of [...Object.values(certs), ...Object.values(kubeconfigs)])
    await runPhase(phase, { host, now: made })
  const names = (['ca', 'front-proxy-ca', 'etcd-ca'] as const).map(name => [name, pairOf(pki, name)] as const)
  const issuers = names.map(async ([name, { certificate, key }]) => {
    const issuer = {
      certificate: parseCertificate(await read(host, certificate)),
      key: parsePrivateKey(await read(host, key)),
    }
    await host.remove(key)
    return [name, issuer] as const
  })
  cas = new Map(await Promise.all(issuers))
  const renewal = quickCluster({ config: { certificatesDir: staging } })
  for (const phase of [certificateRequests, kubeconfigRequests])
    await runPhase(phase, { host, cluster: renewal, request: { kubeconfigDir: staging } })
  files = await filesOf(host)
})

const read = async (host: FakeHost, path: string) => Buffer.from((await host.readFile(path)) ?? '').toString()

async function filesOf(host: FakeHost): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const dir of ['/etc/kubernetes', pki, `${pki}/etcd`, staging, `${staging}/etcd`]) {
    for (const name of await host.list(dir)) {
      const path = `${dir}/${name}`
      if ((await host.stat(path))?.kind === 'file') found[path] = await read(host, path)
    }
  }
  return found
}

function profileOf(name: ProfileName): Profile {
  const profile = profileNamed(name)
  if (profile === undefined) throw new Error(`no profile ${name}`)
  return profile
}

/** What the CA signs for the request of the renewal, with any part replaced. */
function signed(name: ProfileName, changed: Partial<CertificateRequest> = {}): string {
  const profile = profileOf(name)
  const issuer = cas.get(profile.signedBy)
  const { publicKey } = parseRequest(files[`${staging}/${profile.base}.csr`] ?? '', name)
  return issueCertificate({
    subject: profile.subject('cp1'),
    usages: profile.usages,
    sans: profile.kind === 'pair' ? certSpec(profile.name).sans(cluster, makeNode()) : { dns: [], ips: [] },
    ca: false,
    key: publicKey,
    ...(issuer === undefined ? {} : { issuer }),
    notBefore: new Date(now.getTime() - day),
    notAfter: new Date(now.getTime() + 30 * day),
    ...changed,
  })
}

const brought = (name: ProfileName, changed: Partial<CertificateRequest> = {}): BroughtCertificate => ({
  name,
  from: `${name}.crt`,
  pem: signed(name, changed),
})

function hostWith(changed: Readonly<Record<string, string | undefined>> = {}): FakeHost {
  const present = Object.entries({ ...files, ...changed }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return fakeHost({ files: Object.fromEntries(present) })
}

const importing = (host: FakeHost, request: Partial<ImportRequest>) =>
  runPhase(importCertificates, { host, cluster, now, request: { certificates: [], cas: [], ...request } })

/** Runs on the host until one change after `lives` changes is refused. Returns whether that happened. */
async function killed(host: FakeHost, lives: number, run: (mortal: FakeHost) => Promise<unknown>): Promise<boolean> {
  let left = lives
  let dead = false
  const change =
    <A extends unknown[]>(verb: (...args: A) => Promise<void>) =>
    async (...args: A) => {
      dead ||= left-- === 0
      if (dead) throw new Error('killed')
      await verb(...args)
    }
  const { writeFile, writePair, remove } = host
  const mortal = { ...host, writeFile: change(writeFile), writePair: change(writePair), remove: change(remove) }
  await run(mortal).catch(error => {
    if (!dead) throw error
  })
  return dead
}

async function faultsOf(host: FakeHost, request: Partial<ImportRequest>): Promise<string> {
  const before = await filesOf(host)
  const error = await importing(host, request).catch(one => one)
  expect(error).toMatchObject({ code: 'CERT_INVALID' })
  expect(await filesOf(host)).toEqual(before)
  return error.problems.map(({ file, message }: { file: string; message: string }) => `${file} ${message}`).join('\n')
}

describe('the phase of certs import', () => {
  it.each(profiles.map(({ name }) => name))(
    'the certificate of %s is installed together with the key of its renewal',
    async name => {
      const host = hostWith()
      const one = brought(name)
      const { results } = await importing(host, { certificates: [one] })
      const profile = profileOf(name)
      const path = `${profile.kind === 'pair' ? pki : '/etc/kubernetes'}/${profile.base}`
      const conf = profile.kind === 'pair' ? undefined : parseKubeconfig(await read(host, path))
      const [certificate, key] =
        conf === undefined
          ? [await read(host, `${path}.crt`), await read(host, `${path}.key`)]
          : [conf.clientCertPem ?? '', conf.clientKeyPem?.reveal() ?? '']
      expect(certificate).toBe(one.pem)
      expect(matchesKey(parseCertificate(certificate), parsePrivateKey(key))).toBe(true)
      expect(results).toEqual([['imported', `${name} ${parseCertificate(one.pem).notAfter.toISOString()}`]])
      expect(await host.stat(`${staging}/${profile.base}.csr`)).toBeUndefined()
      const { results: second } = await importing(host, { certificates: [one] })
      expect(second[0]?.[0]).toBe('unchanged')
    },
  )

  it('an import of all certificates removes the directory of the renewal', async () => {
    const host = hostWith()
    await importing(host, { certificates: profiles.map(({ name }) => brought(name)) })
    expect(await host.stat(staging)).toBeUndefined()
  })

  it('an import that is killed before any one of its changes leaves no key with another certificate, and runs again', async () => {
    const certificates = profiles.map(({ name }) => brought(name))
    const pairs = profiles.filter(({ kind }) => kind === 'pair')
    let changes = 0
    for (let dead = true; dead; changes++) {
      const host = hostWith()
      dead = await killed(host, changes, mortal => importing(mortal, { certificates }))
      for (const { base } of pairs) {
        const [certificate, key] = [await read(host, `${pki}/${base}.crt`), await read(host, `${pki}/${base}.key`)]
        expect(matchesKey(parseCertificate(certificate), parsePrivateKey(key)), base).toBe(true)
      }
      await importing(host, { certificates })
      for (const { name, base, kind } of profiles) {
        const path = `${kind === 'pair' ? pki : '/etc/kubernetes'}/${base}`
        const installed =
          kind === 'pair' ? await read(host, `${path}.crt`) : parseKubeconfig(await read(host, path)).clientCertPem
        expect(installed, name).toBe(certificates.find(one => one.name === name)?.pem)
      }
      expect(await host.stat(staging)).toBeUndefined()
    }
    // A certificate, its key and its request: at least one write and two removals each.
    expect(changes).toBeGreaterThan(3 * profiles.length)
  })

  it('a certificate for the key in place leaves the key alone', async () => {
    const host = hostWith()
    const key = parsePrivateKey(await read(host, `${pki}/apiserver.key`))
    const { changes } = await importing(host, { certificates: [brought('apiserver', { key })] })
    expect(changes).toEqual([`file ${pki}/apiserver.crt`])
  })

  it('a certificate with a key next to it is installed with that key', async () => {
    const host = hostWith()
    const one = { ...brought('apiserver', { key: ecKey }), key: privateKeyPem(ecKey) }
    await importing(host, { certificates: [one] })
    expect(publicKeyPem(parsePrivateKey(await read(host, `${pki}/apiserver.key`)))).toBe(publicKeyPem(ecKey))
  })

  it('kubeconfigs and CAs are installed on a host that has neither', async () => {
    const host = fakeHost()
    const text = files['/etc/kubernetes/scheduler.conf'] ?? ''
    const conf = parseKubeconfig(text)
    const certificates = [
      {
        ...{ name: 'scheduler.conf' as const, from: 'scheduler.conf', pem: conf.clientCertPem ?? '' },
        ...(conf.clientKeyPem === undefined ? {} : { key: conf.clientKeyPem }),
        kubeconfig: secret(text),
      },
    ]
    const pem = files[`${pki}/ca.crt`] ?? ''
    const { changes } = await importing(host, { certificates, cas: [{ name: 'ca', from: 'ca.crt', pem }] })
    expect(changes).toEqual([`file ${pki}/ca.crt`, 'file /etc/kubernetes/scheduler.conf'])
    const { server, caPem, clientCertPem } = conf
    const installed = parseKubeconfig(await read(host, '/etc/kubernetes/scheduler.conf'))
    expect(installed).toMatchObject({ server, caPem, clientCertPem })
    expect(installed.clientKeyPem?.reveal()).toBe(conf.clientKeyPem?.reveal())
  })

  it('a name that the configuration does not ask for is a warning', async () => {
    const sans = {
      dns: [...certSpec('apiserver').sans(cluster, makeNode()).dns, 'more.example'],
      ips: certSpec('apiserver').sans(cluster, makeNode()).ips,
    }
    const { warnings } = await importing(hostWith(), { certificates: [brought('apiserver', { sans })] })
    expect(warnings).toEqual([expect.stringContaining('is also valid for more.example')])
  })

  it('without a known configuration the names are compared with the certificate in place', async () => {
    const sans = { dns: ['kubernetes'], ips: [] }
    expect(await faultsOf(hostWith(), { assumedConfig: true, certificates: [brought('apiserver', { sans })] })).toMatch(
      /is not valid for cp1/,
    )
  })

  it.each([
    ['has expired', 'apiserver', { notAfter: new Date(now.getTime() - 1000) }, /expired on/],
    ['is not valid yet', 'apiserver', { notBefore: new Date(now.getTime() + day) }, /is not valid before/],
    ['is that of a CA', 'apiserver', { ca: true }, /is the certificate of a CA/],
    [
      'has the subject of another user',
      'admin.conf',
      { subject: { commonName: 'kubernetes-admin', organizations: ['system:masters'] } },
      /O=system:masters instead of CN=kubernetes-admin, O=kubeadm/,
    ],
    [
      'is for another node',
      'etcd-peer',
      { subject: { commonName: 'cp2', organizations: [] } },
      /has the subject CN=cp2 instead of CN=cp1/,
    ],
    ['lacks a usage', 'etcd-server', { usages: ['serverAuth'] }, /lacks the extended key usages clientAuth/],
    [
      'has another usage',
      'apiserver',
      { usages: ['serverAuth', 'clientAuth'] },
      /has the extended key usages clientAuth/,
    ],
    ['has no usages', 'front-proxy-client', { usages: [] }, /lacks the extended key usages clientAuth/],
    [
      'lacks a name',
      'apiserver',
      { sans: { dns: ['kubernetes'], ips: [] } },
      /is not valid for cp1, kubernetes\.default,/,
    ],
    [
      'belongs to another key',
      'apiserver',
      { key: ecKey },
      /does not belong to the key in \/etc\/kubernetes\/pki\/apiserver\.key, or in .*renewal\/apiserver\.key/,
    ],
  ] as const)('a certificate that %s is refused before anything is written', async (_, name, changed, message) => {
    expect(
      await faultsOf(hostWith(), { certificates: [brought(name, changed as Partial<CertificateRequest>)] }),
    ).toMatch(message)
  })

  it('a certificate whose key may not sign is refused', async () => {
    const good = brought('apiserver')
    const der = Buffer.from(parseCertificate(good.pem).der)
    const bits = Buffer.from('0603551d0f0101ff0404030205a0', 'hex')
    der[der.indexOf(bits) + bits.length - 1] = 0x20
    const pem = encodePem('CERTIFICATE', der)
    expect(await faultsOf(hostWith(), { certificates: [{ ...good, pem }] })).toMatch(
      /lacks the key usage digitalSignature/,
    )
  })

  it('a certificate of another CA is refused', async () => {
    const other = cas.get('etcd-ca')
    if (other === undefined) throw new Error('no CA')
    expect(await faultsOf(hostWith(), { certificates: [brought('apiserver', { issuer: other })] })).toMatch(
      /was not signed by the CA "kubernetes"/,
    )
  })

  it('a certificate without its CA on the host and among the files is refused', async () => {
    const host = hostWith({ [`${pki}/ca.crt`]: undefined })
    expect(await faultsOf(host, { certificates: [brought('apiserver')] })).toMatch(
      /ca\.crt is not on fake, and ca\.crt is not among/,
    )
  })

  it('another CA than the one on the host is refused, and so is a leaf in its place', async () => {
    const { certificate } = await makeTemporaryCa('kubernetes', now)
    const wrong = [
      { name: 'ca', from: 'ca.crt', pem: certificate },
      { name: 'etcd-ca', from: 'etcd/ca.crt', pem: files[`${pki}/apiserver.crt`] ?? '' },
    ] as const
    const faults = await faultsOf(hostWith(), { cas: wrong })
    expect(faults).toMatch(/ca\.crt is another CA than/)
    expect(faults).toMatch(/etcd\/ca\.crt is not the certificate of a CA/)
  })

  it('a kubeconfig that exists nowhere is refused', async () => {
    const host = hostWith({ '/etc/kubernetes/admin.conf': undefined })
    expect(await faultsOf(host, { certificates: [brought('admin.conf')] })).toMatch(
      /has no kubeconfig: \/etc\/kubernetes\/admin\.conf does not exist on fake/,
    )
  })

  it('the certificate of a kubelet that rotates it goes into its file, with its key', async () => {
    const pem = '/var/lib/kubelet/pki/kubelet-client-current.pem'
    const conf = files['/etc/kubernetes/kubelet.conf'] ?? ''
    const old = parseKubeconfig(conf)
    const rotated = conf
      .replace(/client-certificate-data: .*/, `client-certificate: ${pem}`)
      .replace(/client-key-data: .*/, `client-key: ${pem}`)
    const content = `${old.clientCertPem}${old.clientKeyPem?.reveal()}`
    const host = hostWith({ '/etc/kubernetes/kubelet.conf': rotated, [pem]: content })
    const one = brought('kubelet.conf')
    const { changes } = await importing(host, { certificates: [one] })
    expect(changes[0]).toBe(`file ${pem}`)
    const text = await read(host, pem)
    expect(text.startsWith(one.pem)).toBe(true)
    expect(matchesKey(parseCertificate(text), parsePrivateKey(text))).toBe(true)
    expect(await read(host, '/etc/kubernetes/kubelet.conf')).toBe(rotated)
    expect((await importing(host, { certificates: [one] })).results[0]?.[0]).toBe('unchanged')
  })

  it('all faults of all certificates are listed, and text that is not a certificate is one', async () => {
    const certificates = [
      brought('apiserver', { ca: true, usages: [] }),
      { name: 'etcd-peer' as const, from: 'etcd/peer.crt', pem: 'x' },
    ]
    expect((await faultsOf(hostWith(), { certificates })).split('\n')).toHaveLength(3)
  })
})
