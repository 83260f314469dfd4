import { afterEach, describe, expect, it } from 'vitest'
import { pairOf } from '../../../src/cluster/node-files.ts'
import { paths } from '../../../src/cluster/paths.ts'
import type { CertificateOnDisk } from '../../../src/cluster/state.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { connectLocal } from '../../../src/host/connect-local.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import type { HostReader } from '../../../src/host/host.ts'
import { observeState } from '../../../src/observe/cluster/observe-state.ts'
import { type ApiServer, apiServer } from '../../clients/https/api-server.ts'
import { authority } from '../../clients/https/authority.ts'
import { makeCluster } from '../../fixtures/cluster.ts'

const cluster = makeCluster()
const ca = authority('kubernetes')
const days = 86_400_000
const near = (date: Date | undefined, inDays: number) => Math.abs(Number(date) - Date.now() - inDays * days) < days / 2
const place = (name: Parameters<typeof pairOf>[1]) => pairOf(cluster.config.certificatesDir, name)

const certificatesOf = (host: HostReader) => observeState({ controlPlanes: [{ host, cluster }] })

describe('the observed certificates on disk', () => {
  const leaf = ca.issue('kube-apiserver', { ips: ['10.0.0.1'], dns: ['api.example'], days: [-1, 40] })
  const other = ca.issue('kube-apiserver')
  const files = { [place('ca').certificate]: ca.cert, [place('apiserver').certificate]: leaf.cert }
  const onDisk = async (more: Readonly<Record<string, string>> = {}) =>
    certificatesOf(fakeHost({ name: 'cp1', files: { ...files, ...more } }))

  it('a certificate on disk has its host, name, files, subject, issuer, SANs and dates', async () => {
    const { onDisk: found } = await onDisk({ [place('apiserver').key]: leaf.key })
    const { certificate, key } = place('apiserver')
    expect(found?.map(({ name }) => name)).toEqual(['ca', 'apiserver'])
    expect(found?.[1]).toMatchObject({
      ...{ host: 'cp1', name: 'apiserver', path: certificate, keyPath: key, key: 'matches' },
      subject: { commonName: 'kube-apiserver' },
      issuer: { commonName: 'kubernetes' },
      sans: { dns: ['api.example'], ips: ['10.0.0.1'] },
    } satisfies Partial<Record<keyof CertificateOnDisk, unknown>>)
    expect(near(found?.[1]?.notAfter, 40)).toBe(true)
  })

  it.each([
    ['of another certificate', { [place('apiserver').key]: other.key }, 'differs'],
    ['that does not exist', {}, 'missing'],
  ])('a certificate on disk is reported with a key %s', async (_, more, key) => {
    const { onDisk: found } = await onDisk(more)
    expect(found?.find(({ name }) => name === 'apiserver')?.key).toBe(key)
  })

  it.each([
    ['certificate', place('apiserver').certificate],
    ['key', place('apiserver').key],
  ])('a %s on disk that cannot be read is unanswered and does not hide the others', async (_, path) => {
    const state = await onDisk({ [path]: 'garbage' })
    expect(state.onDisk?.map(({ name }) => name)).toEqual(['ca'])
    const [missing] = state.unanswered?.filter(({ part }) => part === 'onDisk') ?? []
    expect(missing).toMatchObject({
      from: `${place('apiserver').certificate} on cp1`,
      error: { message: expect.stringContaining(path) },
    })
  })
})

it('a host that is lost is unanswered and does not hide the certificates of another host', async () => {
  const files = { [place('ca').certificate]: ca.cert }
  const error = new KadmError('HOST_UNREACHABLE', 'lost')
  const fail = () => Promise.reject(error)
  const lost = { ...fakeHost({ name: 'cp1' }), readFile: fail, connect: fail }
  const hosts = [lost, fakeHost({ name: 'cp2', files })]
  const { onDisk, unanswered } = await observeState({ controlPlanes: hosts.map(host => ({ host, cluster })) })
  expect(onDisk?.map(({ host, name }) => [host, name])).toEqual([['cp2', 'ca']])
  expect(unanswered?.filter(({ from }) => from === 'cp1')).toEqual([
    { part: 'onDisk', from: 'cp1', error },
    { part: 'served', from: 'cp1', error },
  ])
})

describe('the observed certificates of servers', () => {
  const servers: ApiServer[] = []
  afterEach(() => Promise.all(servers.splice(0).map(server => server.stop())))

  /** A host whose kube-apiserver listens at this port of loopback. */
  async function controlPlane(port: number): Promise<HostReader> {
    const flags = `["kube-apiserver", "--advertise-address=127.0.0.1", "--secure-port=${port}"]`
    const pod = `{metadata: {name: kube-apiserver}, spec: {containers: [{name: kube-apiserver, image: "x:1", command: ${flags}}]}}`
    const files = fakeHost({ files: { [paths.manifest('kube-apiserver')]: pod } })
    return { ...files, name: 'cp1', connect: (await connectLocal()).connect }
  }

  async function serve(options: Parameters<typeof ca.issue>[1], more = {}): Promise<number> {
    const server = await apiServer({ ...ca.issue('kube-apiserver', options), ...more }, () => undefined)
    servers.push(server)
    return server.port
  }

  it.each([
    ['that has expired', { days: [-9, -3] }, -3],
    ['of an unknown CA and for another address', { days: [-1, 5], ips: ['10.0.0.9'] }, 5],
  ] as const)('a server is reported with the certificate %s', async (_, options, expires) => {
    const port = await serve(options)
    const { served } = await certificatesOf(await controlPlane(port))
    const found = served?.find(({ server }) => server === 'kube-apiserver')
    expect(found).toMatchObject({
      host: 'cp1',
      endpoint: `https://127.0.0.1:${port}`,
      issuer: { commonName: 'kubernetes' },
    })
    expect(near(found?.notAfter, expires)).toBe(true)
  })

  it('a server that requires a client certificate is reported with its own certificate', async () => {
    const port = await serve({}, { requestCert: true, rejectUnauthorized: true, ca: ca.cert })
    const { served } = await certificatesOf(await controlPlane(port))
    expect(served).toContainEqual(expect.objectContaining({ endpoint: `https://127.0.0.1:${port}` }))
  })

  it('a server that does not listen is unanswered', async () => {
    const port = await serve({})
    await Promise.all(servers.splice(0).map(server => server.stop()))
    const { unanswered } = await certificatesOf(await controlPlane(port))
    expect(unanswered).toContainEqual(
      expect.objectContaining({
        ...{ part: 'served', from: `https://127.0.0.1:${port}` },
        error: expect.objectContaining({
          message: `https://127.0.0.1:${port} presents no certificate to cp1: connection refused`,
        }),
      }),
    )
  })
})
