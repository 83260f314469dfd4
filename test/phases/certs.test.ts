import { beforeAll, describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { certs, sa } from '../../src/phases/certs/index.ts'
import type { Phase } from '../../src/phases/phase.ts'
import { parseCertificates } from '../../src/pki/certificate.ts'
import { parsePrivateKey } from '../../src/pki/keys.ts'
import { matchesKey, verifySignedBy } from '../../src/pki/verify.ts'
import { makeNode } from '../fixtures/cluster.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const pki = '/etc/kubernetes/pki'
const day = 86_400_000
const now = new Date('2026-06-01T00:00:00Z')

function named(name: string): Phase {
  const found = Object.values(certs).find(phase => phase.id === `certs/${name}`)
  if (found === undefined) throw new Error(`no phase certs/${name}`)
  return found
}

async function read(host: FakeHost, path: string): Promise<string> {
  return Buffer.from((await host.readFile(path)) ?? '').toString()
}

/** All files of a host on which `certs all` ran. */
let made: Record<string, string>

beforeAll(async () => {
  const host = fakeHost()
  // In the table, CAs precede what they sign.
  for (const phase of [...Object.values(certs), sa]) await runPhase(phase, { host, now })
  const names = [...(await host.list(pki)), ...(await host.list(`${pki}/etcd`)).map(name => `etcd/${name}`)]
  const files = names
    .filter(name => name !== 'etcd')
    .map(async name => [`${pki}/${name}`, await read(host, `${pki}/${name}`)])
  made = Object.fromEntries(await Promise.all(files))
})

/** The same host with some files changed; undefined removes one. */
function machine(changed: Readonly<Record<string, string | undefined>> = {}): FakeHost {
  const files = Object.entries({ ...made, ...changed }).flatMap(([path, text]) => {
    return text === undefined ? [] : [[path, path.endsWith('.key') ? secret(text) : text] as const]
  })
  return fakeHost({ files: Object.fromEntries(files) })
}

const crt = (name: string) => `${pki}/${name}.crt`
const key = (name: string) => `${pki}/${name}.key`

describe('certificates', () => {
  it.each(['apiserver', 'apiserver-kubelet-client', 'front-proxy-client', 'etcd-server', 'apiserver-etcd-client'])(
    'certs/%s keeps an existing valid certificate and its key',
    async name => {
      const { changes, warnings, progress } = await runPhase(named(name), { host: machine(), now })
      expect({ changes, warnings }).toEqual({ changes: [], warnings: [] })
      expect(progress).toEqual([expect.stringMatching(/^using the existing .*\.crt$/)])
    },
  )

  it('the certs phase creates the certificate for a key that an interrupted run left', async () => {
    const host = machine({ [crt('apiserver')]: undefined })
    const { changes } = await runPhase(named('apiserver'), { host, now })
    expect(changes).toEqual([`file ${crt('apiserver')}`])
    const [certificate] = parseCertificates(await read(host, crt('apiserver')))
    expect(matchesKey(certificate, parsePrivateKey(made[key('apiserver')] ?? ''))).toBe(true)
    expect(verifySignedBy(certificate, parseCertificates(made[crt('ca')] ?? ''), now)).toEqual({ valid: true })
  })

  it('the certs phase writes the key before the certificate, readable only by its owner', async () => {
    const host = machine({ [crt('apiserver')]: undefined, [key('apiserver')]: undefined })
    const { changes } = await runPhase(named('apiserver'), { host, now })
    expect(changes).toEqual([`file ${key('apiserver')}`, `file ${crt('apiserver')}`])
    expect(await host.stat(key('apiserver'))).toMatchObject({ mode: 0o600 })
    expect(await host.stat(crt('apiserver'))).toMatchObject({ mode: 0o644 })
  })

  it('the certs phase keeps a certificate that no longer matches the configuration and warns', async () => {
    const cluster = quickCluster({ nodes: [makeNode({ advertiseAddress: '10.99.99.99' })] })
    const { changes, warnings } = await runPhase(named('apiserver'), { host: machine(), now, cluster })
    expect(changes).toEqual([])
    expect(warnings).toEqual([expect.stringMatching(/apiserver\.crt .*10\.99\.99\.99.*kadm keeps it.*remove it/)])
  })

  it.each<{
    readonly title: string
    readonly phase: string
    readonly files: () => Record<string, string | undefined>
    readonly says: RegExp
    readonly at?: Date
  }>([
    {
      title: 'whose key is missing',
      phase: 'apiserver',
      files: () => ({ [key('apiserver')]: undefined }),
      says: /apiserver\.key is missing/,
    },
    {
      title: 'of another CA',
      phase: 'apiserver',
      files: () => ({
        [crt('apiserver')]: made[crt('front-proxy-client')],
        [key('apiserver')]: made[key('front-proxy-client')],
      }),
      says: /apiserver\.crt .*(sign|issue)/,
    },
    {
      title: 'with the key of another',
      phase: 'apiserver',
      files: () => ({ [key('apiserver')]: made[key('front-proxy-client')] }),
      says: /apiserver\.key does not belong to/,
    },
    {
      title: 'that is not a CA where one is required',
      phase: 'ca',
      files: () => ({ [crt('ca')]: made[crt('apiserver')], [key('ca')]: made[key('apiserver')] }),
      says: /ca\.crt is not a CA certificate/,
    },
    {
      title: 'that has expired',
      phase: 'apiserver',
      files: () => ({}),
      at: new Date(now.getTime() + 400 * day),
      says: /apiserver\.crt .*expired/,
    },
    {
      title: 'of a CA that has expired',
      phase: 'ca',
      files: () => ({}),
      at: new Date(now.getTime() + 4000 * day),
      says: /ca\.crt .*expired/,
    },
    {
      title: 'that is not a PEM file',
      phase: 'apiserver',
      files: () => ({ [crt('apiserver')]: 'hello' }),
      says: /apiserver\.crt/,
    },
    {
      title: 'that only an external CA can sign',
      phase: 'apiserver',
      files: () => ({ [crt('apiserver')]: undefined, [key('apiserver')]: undefined, [key('ca')]: undefined }),
      says: /apiserver\.crt is missing and cannot be signed/,
    },
  ])('the certs phase refuses a certificate $title', async ({ phase, files, says, at = now }) => {
    const host = machine(files())
    await expect(runPhase(named(phase), { host, now: at })).rejects.toMatchObject({
      code: 'CERT_INVALID',
      message: expect.stringMatching(says),
      hint: expect.stringMatching(/.{20}/),
    })
  })

  it('the certs phase accepts a CA without its key as an external CA', async () => {
    const { changes } = await runPhase(named('ca'), { host: machine({ [key('ca')]: undefined }), now })
    expect(changes).toEqual([])
  })
})

describe('the key pair of service accounts', () => {
  it.each([
    { title: 'no key is missing', gone: [], writes: [] },
    { title: 'the public key is missing', gone: [`${pki}/sa.pub`], writes: [`file ${pki}/sa.pub`] },
    {
      title: 'both keys are missing',
      gone: [`${pki}/sa.pub`, key('sa')],
      writes: [`file ${key('sa')}`, `file ${pki}/sa.pub`],
    },
  ])('the service account phase creates the missing keys: $title', async ({ gone, writes }) => {
    const host = machine(Object.fromEntries(gone.map(path => [path, undefined])))
    const { changes } = await runPhase(sa, { host, now })
    expect(changes).toEqual(writes)
    if (gone.length === 1) expect(await read(host, `${pki}/sa.pub`)).toBe(made[`${pki}/sa.pub`])
  })
})
