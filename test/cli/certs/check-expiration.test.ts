import { readdirSync, readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { presentCheck } from '../../../src/cli/certs/check-expiration/result.ts'
import type { JsonObject } from '../../../src/cluster/json.ts'
import type { ClusterConfiguration } from '../../../src/cluster/spec.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import { readHostCertificates } from '../../../src/observe/cluster/host-certificates.ts'
import { toYaml } from '../../../src/yaml/write.ts'
import { makeConfig } from '../../fixtures/cluster.ts'
import { deadHost, runKadm } from '../run-kadm.ts'

const fixtures = new URL('../../fixtures/', import.meta.url)
const pki = new URL('pki/RSA-2048/', fixtures)

/** The files of a control plane, by path. */
function nodeFiles(without: readonly string[] = []): Record<string, string> {
  const names = readdirSync(pki, { recursive: true }).map(String)
  const files = names.filter(name => statSync(new URL(name, pki)).isFile() && !name.startsWith('csr'))
  const placed = files.map(name => {
    const path = name.endsWith('.conf') ? `/etc/kubernetes/${name}` : `/etc/kubernetes/pki/${name}`
    return [path, readFileSync(new URL(name, pki), 'utf8')] as const
  })
  return Object.fromEntries(placed.filter(([path]) => !without.some(end => path.endsWith(`/${end}`))))
}

const golden = (name: string, format: string) =>
  readFileSync(new URL(`check-expiration/${name}.${format}`, fixtures), 'utf8')

interface Entry {
  readonly expirationDate: string | null
  readonly residualTime: number
}
interface Golden extends JsonObject {
  readonly certificates: readonly (Entry & JsonObject)[]
  readonly certificateAuthorities: readonly (Entry & JsonObject)[]
}

/** The time at which kubeadm ran. */
function timeOf(text: string): Date {
  const info = parseYaml(text) as Golden
  const [dated] = info.certificates.filter(({ expirationDate }) => expirationDate !== null)
  return new Date(dated === undefined ? 0 : Date.parse(dated.expirationDate ?? '') - dated.residualTime * 1000)
}

const external = { etcd: { external: { endpoints: ['https://10.0.0.9:2379'] } } }
const cases: readonly (readonly [string, Record<string, string>, Partial<ClusterConfiguration>])[] = [
  ['all', nodeFiles(), {}],
  [
    'missing',
    nodeFiles(['super-admin.conf', 'front-proxy-client.crt', 'front-proxy-ca.crt', 'apiserver-etcd-client.crt']),
    {},
  ],
  ['external-ca', nodeFiles(['ca.key']), {}],
  ['external-etcd', nodeFiles(), external],
  ['nothing', {}, {}],
]

function check(files: Record<string, string>, config: Partial<ClusterConfiguration>, now: Date) {
  return readHostCertificates(fakeHost({ name: 'cp1', files }), { config: makeConfig(config), now })
}

const added = ['host', 'path', 'problems']
const withoutAdditions = (entries: readonly JsonObject[]) =>
  entries.map(entry => Object.fromEntries(Object.entries(entry).filter(([key]) => !added.includes(key))))

/** What remains of an object of kadm without the documented additional keys. */
function kubeadmsPart(text: string): JsonObject {
  const { otherCertificates: _, servedCertificates: __, silent: ___, ...info } = parseYaml(text)
  return {
    ...info,
    certificates: withoutAdditions(info.certificates),
    certificateAuthorities: withoutAdditions(info.certificateAuthorities),
  }
}

describe('certs check-expiration compared with kubeadm', () => {
  it.each(cases)('certs check-expiration starts with the tables of kubeadm: %s', async (name, files, config) => {
    const now = timeOf(golden(name, 'json'))
    const text = presentCheck(await check(files, config, now), { format: 'text', several: false, now })
    const kubeadms = golden(name, 'text')
    expect(text.slice(0, kubeadms.length)).toBe(kubeadms)
    expect(text.slice(kubeadms.length)).toMatch(/^(\n(OTHER CERTIFICATE|CERTIFICATE {3,}PROBLEM)|$)/)
  })

  it.each(cases)(
    'the JSON of certs check-expiration is that of kubeadm and more keys: %s',
    async (name, files, config) => {
      const kubeadms = golden(name, 'json')
      const now = timeOf(kubeadms)
      const text = presentCheck(await check(files, config, now), { format: 'json', several: false, now })
      expect(`${JSON.stringify(kubeadmsPart(text), null, 4)}\n`).toBe(kubeadms)
    },
  )

  it.each(cases)(
    'the YAML of certs check-expiration is that of kubeadm and more keys: %s',
    async (name, files, config) => {
      const kubeadms = golden(name, 'yaml')
      const now = timeOf(kubeadms)
      const text = presentCheck(await check(files, config, now), { format: 'yaml', several: false, now })
      expect(toYaml(kubeadmsPart(text))).toBe(kubeadms)
    },
  )
})

describe('the command line of certs check-expiration', () => {
  const flat = Object.fromEntries(
    ['ca', 'apiserver'].map(name => [`${name}.crt`, readFileSync(new URL(`${name}.crt`, pki), 'utf8')]),
  )
  const run = (files: Record<string, string>, ...more: readonly string[]) =>
    runKadm(['certs', 'check-expiration', '--kubeconfig', '/nowhere', '--cert-dir', '{dir}', ...more], files)

  it.each([
    ['without --fail-within', flat, [], 0],
    ['when no certificate exists', {}, ['--fail-within', '30d'], 0],
    ['when a certificate expires within the time', flat, ['--fail-within', '99999d'], 5],
    ['when a certificate cannot be read', { 'apiserver.crt': 'garbage' }, ['--fail-within', '0s'], 5],
    ['when a certificate cannot be read, without --fail-within', { 'apiserver.crt': 'garbage' }, [], 0],
  ])('certs check-expiration ends with the documented exit code %s', async (_, files, more, code) => {
    expect((await run(files, ...more)).code).toBe(code)
  })

  it('certs check-expiration exits with code 4 and prints the table when one of two hosts is not available', async () => {
    const [flag, spec] = deadHost
    const argv = ['certs', 'check-expiration', flag, spec, flag, 'root@127.0.0.1:2', '-o', 'json']
    const { code, stdout, stderr } = await runKadm(argv)
    expect([code, JSON.parse(stdout).silent.length]).toEqual([4, 2])
    expect(stderr).toMatch(/HOST_UNREACHABLE/)
  })

  it.each([['30'], ['d'], ['-1d'], ['1d1d'], ['soon'], ['-5m'], ['']])(
    '--fail-within %s is a usage error',
    async value => {
      const { code, stderr } = await run({}, '--fail-within', value)
      expect([code, stderr]).toEqual([2, expect.stringContaining(`--fail-within ${value} is not a duration`)])
    },
  )

  it.each([['30d'], ['1d12h'], ['90m'], ['0s'], ['0d']])('--fail-within %s is a duration', async value => {
    expect((await run({}, '--fail-within', value)).code).toBe(0)
  })

  it('certs check-expiration --no-served connects to no server', async () => {
    expect((await run(flat)).stderr).toContain('presents no certificate')
    expect((await run(flat, '--no-served')).stderr).toBe('')
  })

  it('a host that is named twice is connected to once', async () => {
    const { stderr } = await runKadm(['certs', 'check-expiration', ...deadHost, ...deadHost])
    expect(stderr.match(/HOST_UNREACHABLE/g)).toHaveLength(1)
  })

  it('certs check-expiration --all-nodes without an API server names the way without it', async () => {
    const { code, stderr } = await run({}, '--all-nodes')
    expect([code, stderr]).toEqual([1, expect.stringMatching(/--all-nodes needs the Nodes[\s\S]*--host instead/)])
  })
})
