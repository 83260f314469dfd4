import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import type { CriContainer } from '../../../src/clients/cri/cri.ts'
import { fakeCri } from '../../../src/clients/cri/fake.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import type { HostReader } from '../../../src/host/host.ts'
import type { Diagnosis } from '../../../src/observe/start/diagnosis.ts'
import { diagnoseNode } from '../../../src/observe/start/watch-start.ts'

/** The data of a real node, recorded during a failed or a normal start. */
interface Case {
  /** Seconds by the node's clock. */
  readonly now: number
  /** Seconds since the start of the run. */
  readonly age: number
  readonly unit: string
  readonly changed: number
  readonly journal: string
  /** When manifests were written, by component, in seconds by the node's clock. */
  readonly written?: Readonly<Record<string, number>>
  /** True while the bootstrap credentials of a join exist. */
  readonly bootstrapping?: boolean
  readonly runtime?: 'down'
  readonly containers?: readonly (Omit<CriContainer, 'createdAt'> & { readonly createdAt: string })[]
  readonly logs?: Readonly<Record<string, string>>
  /** When sandboxes were made, by the uid of their pod, in seconds by the node's clock. */
  readonly sandboxes?: Readonly<Record<string, number>>
  readonly diagnosis?: { readonly component: string; readonly cause: string; readonly hint: string }
}

const folder = new URL('cases/', import.meta.url)
const allComponents = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']
const readCase = (name: string) => parse(readFileSync(new URL(`${name}.yaml`, folder), 'utf8')) as Case
const names = readdirSync(folder).map(file => file.replace(/\.yaml$/, ''))

const clock = new Date('2030-01-01T00:00:00Z')
beforeEach(() => vi.useFakeTimers({ now: clock }))
afterEach(() => vi.useRealTimers())

function hostOf(of: Case, asked: string[] = []): HostReader {
  const print = (answers: object) =>
    Object.entries(answers)
      .map(([name, text]) => `\u001e${name}\n${text}`)
      .join('')
  const { now, unit, changed, journal } = of
  const files = Object.entries(of.written ?? {})
  const written = files.map(([name, at]) => `${at} /etc/kubernetes/manifests/${name}.yaml`).join('\n')
  const bootstrapping = of.bootstrapping ? 'yes\n' : ''
  const query: HostReader['query'] = async ([, , script = '', ...args]) => {
    asked.push([script, ...args].join(' '))
    const answers = script.includes('journalctl')
      ? { now, unit, changed, journal, written, images: imagesIn(journal), bootstrapping }
      : (of.logs ?? {})
    return { code: 0, stdout: print(answers), stderr: '' }
  }
  return { query } as HostReader
}

/** The manifests have every image that the kubelet could not pull. */
function imagesIn(journal: string): string {
  return [...journal.matchAll(/[\w.-]+(?:\/[\w.-]+)+:[\w.-]+/g)].map(([image]) => image).join('\n')
}

function criOf({ runtime, containers = [], sandboxes = {} }: Case) {
  const down = new KadmError(
    'CRI_FAILED',
    'the container runtime at unix:///run/containerd/containerd.sock does not answer',
    {
      hint: 'check that the container runtime is running (`systemctl status containerd`) and that criSocket is its socket',
    },
  )
  const dates = containers.map(one => ({
    ...one,
    createdAt: new Date(one.createdAt),
    ...(one.finishedAt === undefined ? {} : { finishedAt: new Date(one.finishedAt) }),
  }))
  const pods = Object.entries(sandboxes).map(([uid, at]) => {
    return { id: uid, uid, name: 'x', namespace: 'kube-system', createdAt: new Date(at * 1000), ofKubelet: true }
  })
  return fakeCri({ containers: dates, pods, ...(runtime === 'down' ? { error: down } : {}) })
}

async function diagnose(of: Case, asked: string[] = [], baseline?: Map<string, number>) {
  const components = of.journal.includes('register node') ? [] : allComponents
  const cri = criOf(of)
  const since = new Date(clock.getTime() - of.age * 1000)
  return diagnoseNode({
    host: hostOf(of, asked),
    cri: async () => cri,
    nodeName: 'node1',
    components,
    since,
    ...(baseline && { baseline }),
  })
}

describe('recorded starts of real nodes', () => {
  it.each(names)('diagnose finds the expected cause in the recorded start %s', async name => {
    const recorded = readCase(name)
    const found = await diagnose(recorded)
    const { evidence = '', lastingMs, ...said }: Partial<Diagnosis> = found ?? {}
    expect(found === undefined ? undefined : said).toEqual(recorded.diagnosis)
    expect(lastingMs !== undefined).toBe(recorded.runtime === 'down')
    if (recorded.logs !== undefined) expect(evidence.length).toBeGreaterThan(20)
  })

  it('diagnose queries the host once when every container runs, with the start as an age', async () => {
    const asked: string[] = []
    await diagnose(readCase('normal-start'), asked)
    expect(asked).toHaveLength(1)
    expect(asked[0]?.endsWith(` ${readCase('normal-start').age}`)).toBe(true)
  })

  it('diagnose reads the log of a container that ended', async () => {
    const asked: string[] = []
    const recorded = readCase('apiserver-unknown-flag')
    await diagnose(recorded, asked)
    const log = recorded.containers?.find(one => one.state === 'exited')?.logPath
    expect(asked[1]).toContain(log)
  })
})

/** The same with its journal repeated by this number of lines. */
const repeated = (of: Case, lines: number): Case => ({
  ...of,
  journal: of.journal
    .split('\n')
    .slice(0, lines + 1)
    .join('\n'),
})

describe('temporary states of a start', () => {
  const pulling = readCase('image-unreachable')
  const crashed = readCase('etcd-port-in-use')
  const waiting = readCase('apiserver-without-etcd')
  const kubelet = readCase('kubelet-wrong-config')
  const attempt = (of: Case, attempt: number): Case => ({
    ...of,
    containers: (of.containers ?? []).filter(c => c.state === 'running' || c.attempt > 0).map(c => ({ ...c, attempt })),
  })
  const says = (of: Case, message: string, restarts = 0): Case => ({
    ...of,
    unit: of.unit.replace(/NRestarts=\d+/, `NRestarts=${restarts}`),
    journal: of.journal.replace(/"command failed" err=".*"/g, `"command failed" err="${message}"`),
  })
  const logs = (message: string) => ({ logs: { 'kube-apiserver': `2026-11-23T10:00:03Z stderr F Error: ${message}` } })
  const wrongFlag = attempt(readCase('apiserver-unknown-flag'), 0)
  const einval = 'write /sys/fs/cgroup/cpuset.cpus: invalid argument'
  const wrongNumber = 'invalid argument "x" for "--max-pods" flag'
  const unknownToken = readCase('bootstrap-token-unknown')
  const refused = readCase('bootstrap-connection-refused')
  const healthPort = readCase('kubelet-health-port-in-use')
  const invalid = readCase('manifest-invalid')
  const saidInvalid = Number(/(\d+\.\d+) [^\n]*Could not process/.exec(invalid.journal)?.[1])
  const firstPull = Number(/(\d+)\.\d+ [^\n]*ErrImagePull/.exec(pulling.journal)?.[1])

  it.each<[string, Case, RegExp]>([
    ['a pull that has just failed', { ...pulling, now: firstPull + 3 }, /cannot be pulled/],
    ['a container that ended once', attempt(crashed, 0), /in use/],
    ['an API server that ended twice for lack of etcd', attempt(waiting, 1), /deadline exceeded/],
    ['a kubelet that ended once for a reason that may pass', says(kubelet, 'failed to run Kubelet: x'), /maxPods/],
    ['a kubelet that the kernel refused a write', says(kubelet, einval), /invalid argument/],
    ['a container that the kernel refused a write', { ...wrongFlag, ...logs(einval) }, /invalid argument/],
    ['a pull for an earlier manifest', { ...pulling, now: firstPull + 6, written: { etcd: firstPull + 2 } }, /pulled/],
    ['what was wrong with a manifest before it was fixed', { ...invalid, written: { etcd: saidInvalid + 1 } }, /use/],
    ['an end of an earlier run', { ...crashed, now: crashed.now + 60, age: 30 }, /in use/],
    ['a token that was refused once', repeated(unknownToken, 1), /Unauthorized/],
    ['a load balancer that refuses connections for a moment', repeated(refused, 3), /connection refused/],
    ['what a kubelet that has its certificate says', { ...refused, bootstrapping: false }, /connection refused/],
    ['a health port that is taken for a moment', repeated(healthPort, 1), /in use/],
    ['a health port that was taken a while ago', { ...healthPort, now: healthPort.now + 20 }, /in use/],
    ['a kubelet that is just being restarted', stopped(readCase('normal-start'), 1), /stopped/],
    ['ends before this run of a pod that runs again', followed(lostLease(5), 'running', 6), /leader/],
    ['ends before this run of a pod that waits for its next start', endedBefore(attempt(crashed, 4)), /in use/],
    ['the first end in this run of a pod that had ended before', earlierPod(attempt(crashed, 4)), /in use/],
    ['two ends in this run of a pod that lost its lease', earlierPod(lostLease(5)), /leader/],
    [
      'a controller-manager that waits for the API server',
      { ...lostLease(5), written: { 'kube-apiserver': 1 } },
      /leader/,
    ],
    [
      'a controller-manager that an API server without roles refuses',
      { ...lostLease(5, unhealthy), written: { 'kube-apiserver': 1 } },
      /being healthy/,
    ],
    [
      'a controller-manager without a log that waits for the API server',
      { ...lostLease(5), logs: {}, written: { 'kube-apiserver': 1 } },
      /code 1/,
    ],
    ['an API server whose etcd is just starting', withEtcd(attempt(waiting, 4), 30), /deadline exceeded/],
    ['a container that the runtime cannot kill in time', syncError('KillContainer', 'KillContainerError: x'), /x/],
    [
      'a runtime that takes too long',
      syncError('StartContainer', 'CreateContainerError: rpc error: code = DeadlineExceeded'),
      /Deadline/,
    ],
    ['an end that another container of the component outlived', followed(attempt(crashed, 3), 'running', 2), /in use/],
    ['an end whose successor is being made', followed(attempt(crashed, 3), 'created', 4), /in use/],
  ])('diagnose does not report a cause yet for %s', async (_title, passing) => {
    expect(await diagnose(passing)).toBeUndefined()
  })

  it.each<[string, Case, RegExp]>([
    ['a pull that failed a while ago', { ...pulling, now: firstPull + 6 }, /cannot be pulled/],
    [
      'a pull that failed before the manifest of another component was written',
      { ...pulling, now: firstPull + 6, written: { etcd: firstPull - 1, 'kube-apiserver': firstPull + 5 } },
      /cannot be pulled/,
    ],
    [
      'what is wrong with a manifest that is not fixed',
      { ...invalid, written: { etcd: saidInvalid - 0.5, 'kube-apiserver': saidInvalid + 1 } },
      /cannot use .*etcd\.yaml/,
    ],
    [
      'a container that cannot be created',
      syncError('StartContainer', 'CreateContainerError: rpc error: code = Unknown desc = no such device'),
      /CreateContainerError: .*no such device/,
    ],
    ['a container that ended twice', attempt(crashed, 1), /in use/],
    ['an API server that ended three times for lack of etcd', attempt(waiting, 2), /deadline exceeded/],
    ['a kubelet that ended twice', says(kubelet, 'failed to run Kubelet: x', 1), /failed to run Kubelet: x/],
    [
      'a kubelet with a flag that is not a number',
      says(kubelet, wrongNumber.replaceAll('"', '\\"')),
      /for "--max-pods" flag/,
    ],
    ['a container with a flag that is not a number', { ...wrongFlag, ...logs(wrongNumber) }, /for "--max-pods" flag/],
    ['a kubelet with swap on', says(kubelet, 'running with swap on is not supported'), /swap on/],
    [
      'a kubelet with a quantity that is not valid',
      says(kubelet, 'failed to run Kubelet: --system-reserved value failed to parse: failed to parse quantity'),
      /--system-reserved value failed to parse/,
    ],
    ['a token that was refused twice', repeated(unknownToken, 2), /Unauthorized/],
    ['a load balancer that goes on to refuse connections', repeated(refused, 4), /connection refused/],
    ['a health port that stays taken', repeated(healthPort, 2), /in use/],
    ['a kubelet that stays stopped', stopped(readCase('normal-start'), 5), /it is stopped/],
    ['a kubelet that is not installed', absent(readCase('normal-start')), /no unit kubelet/],
    ['a container that ran out of memory', outOfMemory(attempt(crashed, 0)), /code 137/],
    ['a controller-manager that ends again and again beside an API server', lostLease(2), /leaderelection lost/],
    ['a controller-manager without a log beside an API server', { ...lostLease(5), logs: {} }, /code 1/],
    ['an API server whose etcd has run for long', withEtcd(attempt(waiting, 4), 90), /deadline exceeded/],
  ])('diagnose reports as a lasting cause %s', async (_title, lasting, cause) => {
    expect((await diagnose(lasting))?.cause).toMatch(cause)
  })
})

describe('a rejected Node', () => {
  const refused = readCase('node-name-too-long')
  const says = (message: string): Case => ({
    ...refused,
    journal: refused.journal.replace(/err=".*" node=/g, () => `err=${JSON.stringify(message)} node=`),
  })
  const registered = `${refused.journal}${refused.now}.0 n2 kubelet[1]: I1130 x.go:78] "Successfully registered node" node="x"\n`

  it.each<[string, Case]>([
    ['was rejected once', repeated(refused, 1)],
    ['was accepted later', { ...refused, journal: registered }],
    [
      'was requested before there was a certificate',
      says('nodes is forbidden: User "system:anonymous" cannot create resource "nodes"'),
    ],
    [
      'waits for an API server that is being restarted',
      says('Post "https://10.0.0.1:6443/api/v1/nodes": dial tcp 10.0.0.1:6443: connect: connection refused'),
    ],
  ])('diagnose does not report a cause yet when the Node %s', async (_, of) => {
    expect(await diagnose(of)).toBeUndefined()
  })

  it('diagnose ignores a rejected Node while it waits for the API server, and an earlier rejection', async () => {
    const since = new Date(clock.getTime() - refused.age * 1000)
    const look = { host: hostOf(refused), cri: async () => criOf(refused), nodeName: 'node1', since }
    expect(await diagnoseNode({ ...look, components: [] })).toBeDefined()
    expect(await diagnoseNode({ ...look, components: allComponents })).toBeUndefined()
    expect(await diagnoseNode({ ...look, components: [], waiting: clock })).toBeUndefined()
  })

  it('diagnose ignores ends of a component from the time before it waits for it, as the API server still started', async () => {
    const ended = lostLease(2, unhealthy)
    const since = new Date(clock.getTime() - ended.age * 1000)
    const look = { host: hostOf(ended), cri: async () => criOf(ended), nodeName: 'node1', since }
    const components = ['kube-controller-manager']
    expect(await diagnoseNode({ ...look, components })).toBeDefined()
    expect(await diagnoseNode({ ...look, components, waiting: clock })).toBeUndefined()
  })

  it.each<[string, RegExp]>([
    ['nodes "w1" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/a', /node-labels/],
    ['Node "w1" is invalid: spec.taints[0].effect: Unsupported value: "x"', /nodeRegistration\.taints/],
    ['nodes "other" is forbidden: node "w1" is not allowed to modify node "other"', /hostname-override/],
    ['nodes "w1" is forbidden: User "system:node:w2" cannot create resource "nodes"', /hostname-override/],
    ['admission webhook "nodes.example.com" denied the request: no rack label', /webhook or policy/],
    ["nodes \"w1\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: no", /policy/],
    ['nodes "w1" is forbidden: something else', /journalctl -u kubelet/],
  ])('diagnose reports why the API server rejects the Node: %s', async (message, hint) => {
    const found = await diagnose(says(message))
    expect(found?.cause).toBe(`the API server rejects its Node: ${message}`)
    expect(found?.hint).toMatch(hint)
  })
})

describe('a long wait', () => {
  it('diagnose counts the ends of a pod from its first look at the pod', async () => {
    const baseline = new Map<string, number>()
    const crashed = earlierPod(readCase('etcd-port-in-use'))
    const at = (attempt: number): Case => ({
      ...crashed,
      containers: (crashed.containers ?? []).map(one => ({ ...one, attempt })),
    })
    expect(await diagnose(at(4), [], baseline)).toBeUndefined()
    expect((await diagnose(at(5), [], baseline))?.cause).toMatch(/in use/)
  })

  it.each(['kube-apiserver-node1', 'etcd-node10'])(
    'diagnose does not treat a container of %s as the successor of another pod',
    async pod => {
      const pulling = readCase('image-never')
      const made = new Date((pulling.now + 1) * 1000).toISOString()
      const container = { ...lostLeaseContainer, name: pod.split('-node')[0] ?? '', pod, createdAt: made }
      expect(await diagnose({ ...pulling, containers: [container] })).toBeDefined()
    },
  )
})

describe('other pods of kube-system', () => {
  const pulling = readCase('image-never')
  const crashed = readCase('etcd-port-in-use')
  const renamed = (of: Case, from: string, to: string): Case => ({
    ...of,
    journal: of.journal.replaceAll(from, to),
    containers: (of.containers ?? []).map(one => ({ ...one, pod: one.pod.replace(from, to) })),
  })

  it.each<[string, Case]>([
    ['that is not created', renamed(pulling, 'kube-scheduler-node1', 'kube-scheduler-x7k2p')],
    ['whose container of the same name ended', renamed(crashed, 'etcd-node1', 'etcd-backup-28912345-x7k2p')],
    ['that is of another node', renamed(crashed, 'etcd-node1', 'etcd-node10')],
  ])('diagnose does not report a cause for another pod with a similar name: one %s', async (_, of) => {
    expect(await diagnose(of)).toBeUndefined()
  })
})

describe('hints', () => {
  const wrong = readCase('apiserver-unknown-flag')
  const hintOf = async (message: string) => {
    const containers = (wrong.containers ?? []).map(one => ({ ...one, attempt: 2 }))
    const logs = { 'kube-apiserver': `2026-11-23T10:00:03Z stderr F Error: ${message}` }
    return (await diagnose({ ...wrong, containers, logs }))?.hint
  }

  it.each<[string, RegExp]>([
    ['invalid argument "x" for "--secure-port" flag', /^correct apiServer\.extraArgs/],
    ['"kube-apiserver" does not take any arguments, got ["x"]', /^correct apiServer\.extraArgs/],
    ['write /sys/fs/cgroup/cpuset.cpus: invalid argument', /^its logs are in/],
    [
      'reading "csr::/etc/pki/ca.crt::/etc/pki/ca.key": expected 1 certificate, found 2',
      /one certificate in \/etc\/pki\/ca\.crt/,
    ],
  ])('diagnose returns the hint for %s', async (message, hint) => {
    expect(await hintOf(message)).toMatch(hint)
  })
})

/** The newest container of a case that has one. */
function newest(of: Case) {
  const [first] = of.containers ?? []
  if (first === undefined) throw new Error('the case has no container')
  return first
}

/** Its pods were made before the run. */
function earlierPod(of: Case): Case {
  const uids = (of.containers ?? []).map(({ logPath }) => /_([^_/]+)\//.exec(logPath)?.[1] ?? '')
  return { ...of, sandboxes: Object.fromEntries(uids.map(uid => [uid, of.now - of.age - 600])) }
}

/** Its containers ended before the run. */
function endedBefore(of: Case): Case {
  const times = { createdAt: '2026-11-01T00:00:00Z', finishedAt: new Date('2026-11-01T00:00:10Z') }
  return { ...earlierPod(of), containers: (of.containers ?? []).map(one => ({ ...one, ...times })) }
}

/**
 * The same with one more container of the component, created that many seconds before or after the end of the newest.
 */
function followed(of: Case, state: 'running' | 'created', attempt: number): Case {
  const { finishedAt: _, exitCode: __, ...last } = newest(of)
  const later = Date.parse(last.createdAt) + (attempt - last.attempt) * 1000
  const next = { ...last, id: 'next', state, attempt, createdAt: new Date(later).toISOString() }
  const all = [next, ...(of.containers ?? [])]
  return { ...of, containers: all.sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt)) }
}

/** With an etcd that has run for that many seconds. */
function withEtcd(of: Case, seconds: number): Case {
  const createdAt = new Date((of.now - seconds) * 1000).toISOString()
  const etcd = { id: 'etcd', name: 'etcd', pod: 'etcd-node1', namespace: 'kube-system', attempt: 0, createdAt }
  const logPath = '/var/log/pods/kube-system_etcd-node1_0a1b/etcd/0.log'
  const running = { ...etcd, state: 'running' as const, logPath }
  return { ...of, written: { etcd: of.now - seconds }, containers: [running, ...(of.containers ?? [])] }
}

const lostLeaseContainer = {
  id: 'kcm',
  name: 'kube-controller-manager',
  pod: 'kube-controller-manager-node1',
  namespace: 'kube-system',
  state: 'exited' as const,
  createdAt: '2026-11-30T01:54:25.000Z',
  finishedAt: new Date('2026-11-30T01:54:47.000Z'),
  exitCode: 1,
  reason: 'Error',
  attempt: 2,
  logPath: '/var/log/pods/kube-system_kube-controller-manager-node1_d3efbda5/kube-controller-manager/2.log',
}

/** A controller-manager that ended because the API server was away. */
/** On a slow host, the API server does not have its own roles yet when the controller manager starts. */
const unhealthy =
  'run.go:72] "command failed" err="failed to wait for apiserver being healthy: timed out waiting for the condition: failed to get apiserver /healthz status: forbidden: User \\"system:kube-controller-manager\\" cannot get path \\"/healthz\\""'

function lostLease(attempt: number, words = 'controllermanager.go:355] "leaderelection lost"'): Case {
  const last = readCase('normal-start')
  const now = Date.parse('2026-11-30T01:54:50Z') / 1000
  const log = `E1130 01:54:47.463724       1 ${words}`
  return {
    ...last,
    now,
    age: 60,
    changed: now - 600,
    journal: '',
    containers: [{ ...lostLeaseContainer, attempt }],
    logs: { 'kube-controller-manager': `2026-11-30T01:54:47Z stderr F ${log}` },
  }
}

/** The kubelet logs an error of an API server twice in ten seconds. */
function syncError(step: string, error: string): Case {
  const last = readCase('normal-start')
  const err = error.replace(/: (.*)/, ': \\"$1\\"')
  const text = `"Error syncing pod, skipping" err="failed to \\"${step}\\" for \\"kube-apiserver\\" with ${err}" pod="kube-system/kube-apiserver-node1" podUID="1"`
  const line = (at: number) => `${at}.5 node1 kubelet[1]: E1123 11:07:00.674849 1 pod_workers.go:1338] ${text}`
  return { ...last, containers: [], journal: `${line(last.now - 11)}\n${line(last.now - 1)}\n` }
}

function stopped(of: Case, seconds: number): Case {
  return { ...of, unit: of.unit.replace(/SubState=\w+/, 'SubState=dead'), changed: of.now - seconds }
}

function absent(of: Case): Case {
  return { ...of, unit: of.unit.replace('LoadState=loaded', 'LoadState=not-found') }
}

function outOfMemory(of: Case): Case {
  const killed = { exitCode: 137, reason: 'OOMKilled' }
  const containers = (of.containers ?? []).map(one => (one.state === 'exited' ? { ...one, ...killed } : one))
  return { ...of, containers, logs: {} }
}

describe('a host that does not answer', () => {
  const look = (error: KadmError) => {
    const host = { query: () => Promise.reject(error) } as unknown as HostReader
    return diagnoseNode({
      host,
      cri: async () => fakeCri(),
      nodeName: 'node1',
      components: allComponents,
      since: clock,
    })
  }

  it('diagnose returns undefined when its query times out', async () => {
    await expect(look(new KadmError('COMMAND_TIMEOUT', 'too slow'))).resolves.toBeUndefined()
  })

  it.each(['HOST_UNREACHABLE', 'HOST_CHANNEL', 'HOST_SHELL'] as const)(
    'diagnose throws the error of a host that fails with %s',
    async code => {
      const error = new KadmError(code, 'cp1 is gone')
      await expect(look(error)).rejects.toBe(error)
    },
  )
})
