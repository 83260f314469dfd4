import { describe, expect, it } from 'vitest'
import type { CriContainer } from '../../../src/clients/cri/cri.ts'
import { fakeCri } from '../../../src/clients/cri/fake.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import type { HostReader } from '../../../src/host/host.ts'
import { healthProbe } from '../../../src/observe/cluster/api-health.ts'
import { readStates } from '../../../src/observe/start/component-states.ts'

const now = 1_796_000_000
const at = (secondsAgo: number) => new Date((now - secondsAgo) * 1000)
const container = (name: string, more: Partial<CriContainer>): CriContainer => ({
  id: name,
  name,
  pod: `${name}-cp1`,
  namespace: 'kube-system',
  state: 'running',
  createdAt: at(40),
  attempt: 0,
  logPath: `/var/log/pods/kube-system_${name}-cp1_0a/${name}/0.log`,
  ...more,
})
const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']

function machine(written: readonly string[], unit = 'SubState=running', logs: Record<string, string> = {}): HostReader {
  const answers = {
    now: String(now),
    unit: `LoadState=loaded\n${unit}`,
    changed: String(now - 90),
    written: written.map(name => `${now - 100} /etc/kubernetes/manifests/${name}.yaml`).join('\n'),
    ...logs,
  }
  const stdout = Object.entries(answers)
    .map(([name, text]) => `\u001e${name}\n${text}\n`)
    .join('')
  return { query: async () => ({ code: 0, stdout, stderr: '' }) } as unknown as HostReader
}

const states = (host: HostReader, containers: readonly CriContainer[]) =>
  readStates({ host, cri: async () => fakeCri({ containers }), nodeName: 'cp1', components, since: new Date() })

describe('the states at a timeout', () => {
  it('the states at a timeout list the last state of the kubelet and of each component', async () => {
    const log = '2026-11-30T00:00:00Z stderr F Error: unknown flag: --x'
    const found = await states(machine(components, undefined, { 'kube-controller-manager': log }), [
      container('etcd', {}),
      container('kube-apiserver', { attempt: 2, createdAt: at(5) }),
      container('kube-controller-manager', { state: 'exited', attempt: 1, exitCode: 1, finishedAt: at(30) }),
    ])
    expect(found).toEqual([
      'the kubelet runs for 90 s',
      'etcd runs for 40 s',
      'kube-apiserver runs for 5 s, after 2 restarts',
      'kube-controller-manager exited with code 1 30 s ago, after 1 restart: unknown flag: --x',
      'kube-scheduler has not started',
    ])
  })

  it('the states at a timeout leave out an external etcd, and list a missing manifest', async () => {
    expect(await states(machine([]), [])).toEqual([
      'the kubelet runs for 90 s',
      'kube-apiserver has no manifest',
      'kube-controller-manager has no manifest',
      'kube-scheduler has no manifest',
    ])
  })

  it.each([
    ['SubState=auto-restart\nExecMainStatus=1', 'the kubelet exits with code 1, and is started again'],
    ['SubState=dead', 'the kubelet is dead for 90 s'],
  ])('the states at a timeout report a kubelet that does not run: %j', async (unit, said) => {
    expect((await states(machine([], unit), []))[0]).toBe(said)
  })

  it('the states at a timeout are empty when the host does not answer', async () => {
    const host = { query: () => Promise.reject(new KadmError('HOST_UNREACHABLE', 'gone')) } as unknown as HostReader
    expect(await states(host, [])).toEqual([])
  })
})

describe('healthProbe', () => {
  it.each([
    [
      500,
      '[+]ping ok\n[-]etcd failed: reason withheld\n[-]poststarthook/rbac/bootstrap-roles failed: not finished\nlivez check failed',
      'kube-apiserver answers 500 (failed checks: etcd, poststarthook/rbac/bootstrap-roles)',
    ],
    [
      403,
      '{"kind":"Status","message":"forbidden: User \\"kubernetes-admin\\" cannot get path \\"/livez\\""}',
      'kube-apiserver answers 403: forbidden: User "kubernetes-admin" cannot get path "/livez"',
    ],
    [503, 'starting\nmore', 'kube-apiserver answers 503: starting'],
    [404, '', 'kube-apiserver answers 404'],
    [0, '', 'kube-apiserver does not answer'],
  ])('the health probe reports a component that answers %i with %j', async (status, body, said) => {
    const probe = healthProbe('kube-apiserver', async () => ({ status, body }))
    expect(await probe.healthy()).toBeUndefined()
    expect(probe.said()).toEqual([said])
  })

  it('the health probe drops an old answer when the component is healthy or unreachable', async () => {
    let status = 500
    const probe = healthProbe('etcd', async () => {
      if (status === 0) throw new KadmError('API_UNREACHABLE', 'refused')
      return { status, body: '' }
    })
    await probe.healthy()
    status = 0
    await expect(probe.healthy()).rejects.toThrow('refused')
    expect(probe.said()).toEqual([])
    status = 200
    expect(await probe.healthy()).toBe(true)
    expect(probe.said()).toEqual([])
  })
})
