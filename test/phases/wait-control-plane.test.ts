import { describe, expect, it, vi } from 'vitest'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import { paths } from '../../src/cluster/paths.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { joinWaitApi, waitComponents } from '../../src/phases/wait-control-plane/index.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const refused = new KadmError('API_UNREACHABLE', 'https://lb.example:6443 cannot be reached: connection refused')
const behindBalancer = quickCluster({ config: { controlPlaneEndpoint: 'lb.example:6443' } })

/** A kubelet with a disabled health port is not waited for. */
const unchecked = { ...quickCluster(), kubelet: { tree: { healthzPort: 0 }, generated: false } }

describe('a slow API server', () => {
  const slow = () => {
    let asked = 0
    return fakeKube({ fail: () => (asked++ < 2 ? refused : undefined) })
  }

  it('wait-control-plane waits for the API server even when the container runtime does not answer', async () => {
    for (const code of ['CRI_FAILED', 'HOST_CONNECT'] as const) {
      const cri = fakeCri({ error: new KadmError(code, 'no runtime') })
      expect((await runPhase(joinWaitApi, { kube: slow(), cri, cluster: unchecked })).changes).toEqual([])
    }
  })

  it('wait-control-plane fails on a lost connection while it waits for the API server', async () => {
    const cri = fakeCri({ error: new KadmError('HOST_UNREACHABLE', 'the connection was lost') })
    const one = { kube: slow(), cri, cluster: unchecked }
    await expect(runPhase(joinWaitApi, one)).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' })
  })
})

describe('an inactive kubelet', () => {
  /** Returns a clock that advances by this number of seconds at each reading. */
  const passing = (seconds: number) => {
    let now = 0
    return vi.spyOn(performance, 'now').mockImplementation(() => (now += seconds * 1000))
  }
  const api = { id: 'api', name: 'kube-apiserver', pod: 'kube-apiserver-cp1', namespace: 'kube-system', attempt: 0 }
  const container = { ...api, state: 'running' as const, createdAt: new Date(0), logPath: '/x' }
  const files = Object.fromEntries(['etcd', 'kube-apiserver'].map(name => [paths.manifest(name), 'x']))

  it('wait-control-plane restarts a kubelet that ignores the manifests once and stops a blocked API server', async () => {
    const clock = passing(1)
    try {
      let restarted = false
      const host = fakeHost({
        files,
        commands: ({ argv, verb }) => {
          restarted ||= argv.includes('restart')
          return verb === 'query' ? { stdout: '' } : 0
        },
      })
      const cri = fakeCri({ containers: [container] })
      const kube = fakeKube({ fail: () => (restarted ? undefined : refused) })
      const { changes, progress } = await runPhase(joinWaitApi, { host, kube, cri, cluster: unchecked })
      expect(progress).toEqual(['restarting the kubelet, which does not start etcd'])
      expect(changes.filter(change => change.includes('restart'))).toEqual(['exec systemctl restart kubelet'])
      expect(cri.stopped).toEqual(['api'])
    } finally {
      clock.mockRestore()
    }
  })
})

describe('a changed manifest', () => {
  it.each([
    ['kube-apiserver', joinWaitApi],
    ['kube-scheduler', waitComponents],
  ])('wait-control-plane waits for %s to be recreated after its manifest changed', async (component, phase) => {
    const host = fakeHost({ files: { [paths.manifest(component)]: 'x' } })
    let looks = 0
    const pod = { id: 'x', name: `${component}-cp1`, namespace: 'kube-system', ofKubelet: true }
    const pods = async () => [{ ...pod, createdAt: new Date(Date.now() + (++looks < 4 ? -60_000 : 1000)) }]
    await runPhase(phase, { host, kube: fakeKube(), cri: { ...fakeCri(), pods }, cluster: unchecked })
    expect(looks).toBeGreaterThanOrEqual(4)
  })
})

describe('the endpoint of a new cluster', () => {
  it('wait-control-plane checks the endpoint of a new cluster until it answers', async () => {
    let asked = 0
    const kube = fakeKube({ fail: () => (asked++ < 2 ? refused : undefined) })
    expect((await runPhase(waitComponents, { kube, cluster: behindBalancer })).warnings).toEqual([])
    expect(kube.calls.map(({ what }) => what)).toEqual(['/livez', '/livez', '/livez'])
  })

  it('wait-control-plane warns of a silent endpoint with its address, the reason and its target', async () => {
    const kube = fakeKube({ fail: () => refused })
    const { warnings } = await runPhase(waitComponents, { kube, cluster: behindBalancer })
    expect(warnings).toEqual([
      expect.stringMatching(
        /endpoint does not: .*https:\/\/lb\.example:6443 .*connection refused.* points to \S+:6443$/,
      ),
    ])
  }, 20_000)

  it('wait-control-plane skips the endpoint check when the endpoint is the node itself', async () => {
    const kube = fakeKube()
    await runPhase(waitComponents, { kube })
    expect(kube.calls).toEqual([])
  })
})

describe('a patched component', () => {
  it('wait-control-plane checks a component at the address and port of its patched manifest', async () => {
    const moved =
      'spec:\n  containers:\n  - name: x\n    image: a:1\n    command: [x, --bind-address=10.0.0.1, --secure-port=7]\n'
    const host = fakeHost({ files: { [paths.manifest('kube-scheduler')]: moved } })
    const asked: string[] = []
    const probe = async (server: string) => {
      asked.push(server)
      return { status: 200, body: 'ok' }
    }
    await runPhase(waitComponents, { host, probe })
    expect(asked.sort()).toEqual(['https://10.0.0.1:7', 'https://127.0.0.1:10257'])
  })
})
