import { afterEach, describe, expect, it, vi } from 'vitest'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import type { StaticPodComponent } from '../../src/cluster/components.ts'
import { paths } from '../../src/cluster/paths.ts'
import { connectLocal } from '../../src/host/connect-local.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import type { ConnectTarget, Stat } from '../../src/host/host.ts'
import { findOutdated, startedBefore } from '../../src/observe/cluster/outdated-components.ts'
import type { ControlPlanePhase, Phase } from '../../src/phases/phase.ts'
import { restartKubelet } from '../../src/phases/restart-component.ts'
import { checkServed, restartComponents } from '../../src/phases/restart-components/index.ts'
import { type ApiServer, apiServer } from '../clients/https/api-server.ts'
import { authority, type Issued } from '../clients/https/authority.ts'
import { makeNode, makeRequest } from '../fixtures/cluster.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const ca = authority('kubernetes')
const [old, renewed] = [ca.issue('kube-apiserver'), ca.issue('kube-apiserver')]
const crt = '/etc/kubernetes/pki/apiserver.crt'

/** A kubelet with a disabled health port is not waited for. */
const cluster = { ...quickCluster(), kubelet: { tree: { healthzPort: 0 }, generated: false } }

function pod(name: StaticPodComponent, flags: readonly string[]): string {
  return `{metadata: {name: ${name}}, spec: {containers: [{name: ${name}, image: "x:1", command: ${JSON.stringify(flags)}}]}}`
}

function container(name: string, createdAt: Date) {
  return {
    ...{ id: name, name, pod: `${name}-cp1`, namespace: 'kube-system', state: 'running' as const },
    ...{ createdAt, attempt: 0, logPath: '/log/u/c/0.log' },
  }
}

const kubeconfigs = { 'kube-controller-manager': 'controller-manager.conf', 'kube-scheduler': 'scheduler.conf' }
type Client = keyof typeof kubeconfigs
const clients = Object.keys(kubeconfigs) as Client[]
const pathOf = (name: Client) => `/etc/kubernetes/${kubeconfigs[name]}`
const clientFiles = Object.fromEntries(
  clients.flatMap(name => [
    [paths.manifest(name), pod(name, [`--kubeconfig=${pathOf(name)}`, `--authentication-kubeconfig=${pathOf(name)}`])],
    [pathOf(name), 'a kubeconfig'],
  ]),
)

const phaseOf = (name: StaticPodComponent) =>
  restartComponents.find(({ id }) => id === `restart-components/${name}`) as ControlPlanePhase

const earlier = new Date(Date.now() - 60_000)

/** Returns a clock that advances by this number of seconds at each reading. */
function passing(seconds: number) {
  let now = 0
  return vi.spyOn(performance, 'now').mockImplementation(() => (now += seconds * 1000))
}

afterEach(() => void vi.restoreAllMocks())

describe('a component that reads its kubeconfig once', () => {
  it.each(clients)('certs renew restarts %s once if it started before its kubeconfig changed', async name => {
    const host = fakeHost({ files: clientFiles })
    const cri = fakeCri({ containers: [container('etcd', earlier), container(name, earlier)] })
    const first = await runPhase(phaseOf(name), { host, cri, cluster })
    expect(first).toMatchObject({
      changes: [`restart kube-system/${name}-cp1`],
      progress: [`restarting it: ${name} started before ${pathOf(name)} changed`],
      results: [['restarted', name]],
    })
    expect(await runPhase(phaseOf(name), { host, cri, cluster })).toMatchObject({ changes: [], results: [] })
    expect(await runPhase(checkServed, { host, cri, cluster })).toMatchObject({ changes: [], warnings: [] })
  })

  it('certs renew compares a component with the file that its kubeconfig links to', async () => {
    const host = fakeHost({
      files: clientFiles,
      commands: { [`readlink -f -- ${pathOf('kube-scheduler')}`]: { stdout: '/srv/s.conf\n' } },
    })
    const stat = async (path: string) => {
      const found = await host.stat(path)
      if (path === '/srv/s.conf')
        return { ...(await host.stat('/etc')), kind: 'file' as const, ctime: new Date() } as Stat
      return path === pathOf('kube-scheduler') && found !== undefined
        ? { ...found, kind: 'link' as const, ctime: new Date(0) }
        : found
    }
    const cri = fakeCri({ containers: [container('kube-scheduler', earlier)] })
    const found = await findOutdated({ ...host, stat }, async () => cri)
    expect(found).toEqual([{ component: 'kube-scheduler', how: 'uses', file: pathOf('kube-scheduler') }])
  })

  it.each([
    ['no container runs', { ...container('kube-scheduler', earlier), state: 'exited' as const }],
    ['its container is newer', container('kube-scheduler', new Date(Date.now() + 60_000))],
    ['the container belongs to another pod', { ...container('kube-scheduler', earlier), namespace: 'default' }],
  ])('certs renew does not restart a component if %s', async (_, one) => {
    const cri = fakeCri({ containers: [one] })
    const run = { host: fakeHost({ files: clientFiles }), cri, cluster }
    expect((await runPhase(phaseOf('kube-scheduler'), run)).changes).toEqual([])
  })

  it('the check at the end names a component that still uses an old certificate', async () => {
    passing(1)
    const cri = fakeCri({ containers: [container('kube-scheduler', earlier)] })
    await expect(runPhase(checkServed, { host: fakeHost({ files: clientFiles }), cri, cluster })).rejects.toMatchObject(
      {
        code: 'COMPONENT_FAILED',
        message: `fake: kube-scheduler started before ${pathOf('kube-scheduler')} changed`,
        hint: expect.stringContaining('kadm certs renew'),
      },
    )
  })
})

describe('a component that does not become healthy', () => {
  const stale = () => fakeCri({ containers: [container('kube-scheduler', earlier)] })
  const probe = async () => ({ status: 500, body: '[-]ping failed' })

  it('certs renew fails when the component that it restarted is not healthy in time', async () => {
    passing(20)
    const run = {
      host: fakeHost({ files: clientFiles, commands: () => ({ stdout: '' }) }),
      cri: stale(),
      cluster,
      probe,
    }
    await expect(runPhase(phaseOf('kube-scheduler'), run)).rejects.toMatchObject({
      code: 'TIMEOUT',
      problems: [{ message: 'kube-scheduler answers 500 (failed checks: ping)' }, expect.anything(), expect.anything()],
    })
  })

  it('certs renew stops no container while the kubelet is not healthy', async () => {
    passing(20)
    const cri = stale()
    const run = {
      host: fakeHost({ files: clientFiles, commands: () => ({ stdout: '' }) }),
      cri,
      cluster: quickCluster(),
    }
    await expect(runPhase(phaseOf('kube-scheduler'), run)).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(cri.restarts).toEqual([])
  })

  it('certs renew does not wait for health on a host whose API server did not answer before', async () => {
    const run = {
      host: fakeHost({ files: clientFiles }),
      cri: stale(),
      cluster,
      probe,
      request: { apiSilent: true as const },
    }
    expect((await runPhase(phaseOf('kube-scheduler'), run)).results).toEqual([['restarted', 'kube-scheduler']])
    const { warnings } = await runPhase(checkServed, run)
    expect(warnings).toEqual([expect.stringMatching(/^fake: its API server did not answer before the run/)])
  })
})

describe('a server', () => {
  const servers: ApiServer[] = []
  afterEach(() => Promise.all(servers.splice(0).map(server => server.stop())))

  /** A host whose API server presents these certificates, one after another, and then the last of them. */
  async function serving(...certificates: readonly Issued[]): Promise<FakeHost> {
    const made = await Promise.all(certificates.map(one => apiServer(one, () => undefined)))
    servers.push(...made)
    const left = [...made]
    const local = await connectLocal()
    const flags = ['--advertise-address=127.0.0.1', '--secure-port=6443', `--tls-cert-file=${crt}`]
    const files = { [paths.manifest('kube-apiserver')]: pod('kube-apiserver', flags), [crt]: renewed.cert }
    const connect = (target: ConnectTarget) => {
      if ('socket' in target || target.port !== 6443) return local.connect(target)
      const next = left.length > 1 ? left.shift() : left[0]
      return local.connect({ host: '127.0.0.1', port: next?.port ?? 0 })
    }
    return { ...fakeHost({ files }), connect }
  }
  const cri = () => fakeCri({ containers: [container('kube-apiserver', earlier)] })

  it('certs renew does not restart a server that reads its certificate again', async () => {
    const run = { host: await serving(old, old, renewed), cri: cri(), cluster }
    expect((await runPhase(phaseOf('kube-apiserver'), run)).changes).toEqual([])
    expect((await runPhase(checkServed, run)).changes).toEqual([])
  })

  it('certs renew restarts a server that keeps the old certificate', async () => {
    passing(3)
    const { changes, progress } = await runPhase(phaseOf('kube-apiserver'), {
      host: await serving(old),
      cri: cri(),
      cluster,
    })
    expect(changes).toEqual(['restart kube-system/kube-apiserver-cp1'])
    expect(progress).toEqual([`restarting it: kube-apiserver presents another certificate than ${crt}`])
  })

  it('the check at the end names a server that presents no certificate', async () => {
    passing(1)
    const host = await serving(renewed)
    await servers[0]?.stop()
    await expect(runPhase(checkServed, { host, cri: cri(), cluster })).rejects.toMatchObject({
      code: 'COMPONENT_FAILED',
      message: expect.stringContaining('kube-apiserver presents no certificate: '),
    })
  })
})

describe('phases that restart components', () => {
  it.each([
    [{ restart: false as const }, 'named by --no-restart'],
    [
      { kubeconfigsOf: '/etc/kubernetes/pki' },
      'the components use the certificates in /etc/kubernetes/pki, not those of --cert-dir',
    ],
    [{}, undefined],
  ])('the phases that restart components with %j are skipped: %s', (request, reason) => {
    const node = makeNode()
    for (const phase of [...restartComponents, checkServed]) {
      expect(phase.skip?.({ cluster, node, request: makeRequest(request) })).toBe(reason)
    }
  })

  it('restartKubelet restarts the kubelet and waits for it', async () => {
    const host = fakeHost({ commands: { 'systemctl restart kubelet': 0 } })
    const one: Phase = { id: 'x/y', title: 'Restart', about: 'Restarts.', run: restartKubelet }
    expect((await runPhase(one, { host, cluster })).changes).toEqual(['exec systemctl restart kubelet'])
  })

  it('a component is older than a file that changed after its container was created', async () => {
    const host = fakeHost({ files: { '/etc/kubernetes/pki/etcd/ca.crt': 'x' } })
    const cri = async () => fakeCri({ containers: [container('etcd', earlier)] })
    const files = ['/none', '/etc/kubernetes/pki/etcd/ca.crt']
    expect(await startedBefore(host, cri, 'etcd', files)).toBe('/etc/kubernetes/pki/etcd/ca.crt')
    expect(await startedBefore(host, cri, 'etcd', ['/none'])).toBeUndefined()
  })
})
