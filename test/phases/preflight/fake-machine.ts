import { PassThrough } from 'node:stream'
import type { Cri } from '../../../src/clients/cri/cri.ts'
import type { Cluster, Node } from '../../../src/cluster/cluster.ts'
import { secret } from '../../../src/cluster/secret.ts'
import type { Discovered } from '../../../src/cluster/session.ts'
import type { Host } from '../../../src/host/host.ts'
import type { Note, PhaseContext } from '../../../src/phases/phase.ts'
import { type AnyRequest, makeRequest } from '../../fixtures/cluster.ts'

/** What a host fit for Kubernetes 1.37 answers. */
const fit: Readonly<Record<string, string>> = {
  uid: '0',
  cpus: '2',
  memory: 'MemTotal:        4000000 kB',
  swaps: 'Filename Type Size Used Priority',
  os: 'Linux',
  kernel: '6.1.0-18-amd64',
  kernelConfig: `found\n${[
    ...['NAMESPACES', 'NET_NS', 'PID_NS', 'IPC_NS', 'UTS_NS', 'CPUSETS', 'MEMCG', 'INET', 'EXT4_FS', 'PROC_FS'],
    ...['IP_NF_TARGET_REDIRECT', 'NETFILTER_XT_MATCH_COMMENT', 'FAIR_GROUP_SCHED'],
    ...['CGROUPS', 'CGROUP_BPF', 'CGROUP_PIDS', 'CGROUP_SCHED'],
  ]
    .map(name => `CONFIG_${name}=y`)
    .join('\n')}`,
  cgroupMounts: 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0',
  cgroupsV2: '/sys/fs/cgroup cpuset cpu io memory hugetlb pids',
  programs: 'losetup\nmount\ncp\nsystemctl',
  services: 'kubelet enabled active\nfirewalld missing',
  settings: '/proc/sys/net/ipv4/ip_forward 1\n/proc/sys/net/ipv6/conf/default/forwarding 1',
  links: 'eth0 2 0x1003',
  containerd: '/etc/containerd/config.toml\nSystemdCgroup = true',
  end: 'yes',
  addresses: '2: eth0    inet 10.77.0.11/24 scope global eth0',
}

export interface FakeMachine {
  /** Of the questions of preflight and of the facts, by name. */
  readonly answers?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
  readonly kubelet?: string
  readonly lookup?: number
  /** Milliseconds by which its clock is ahead of this host's. */
  readonly aheadMs?: number
  /** Ports that answer when asked from this machine: with `open` (which all do unless told), or with an error. */
  readonly connect?: (target: string) => 'open' | Error
}

/** A host of canned answers; everything that would change it throws. */
export function fakeMachine(machine: FakeMachine = {}): Host & { readonly asked: string[] } {
  const asked: string[] = []
  const refuse = (): never => {
    throw new Error('preflight changes the host')
  }
  const texts = Object.entries({ ...fit, ...machine.answers }).map(([name, text]) => `\u001e${name}\n${text}\n`)
  const outputs: Readonly<Record<string, readonly [number, string]>> = {
    sh: [0, texts.join('')],
    kubelet: machine.kubelet === '' ? [127, ''] : [0, `Kubernetes ${machine.kubelet ?? 'v1.37.2'}\n`],
    timeout: [machine.lookup ?? 0, ''],
  }
  return {
    name: 'cp1',
    asked,
    query: async ([shell, ...words]) => {
      const program = words.at(-1) === '--version' ? 'kubelet' : shell
      asked.push(program)
      if (program === 'date' && machine.aheadMs !== undefined)
        return { code: 0, stdout: `${((Date.now() + machine.aheadMs) / 1000).toFixed(9)}\n`, stderr: '' }
      const [code, stdout] = outputs[program] ?? [127, '']
      return { code, stdout, stderr: '' }
    },
    readFile: async path => {
      asked.push(path)
      const text = machine.files?.[path]
      return text === undefined ? undefined : Buffer.from(text)
    },
    readStream: refuse,
    stat: refuse,
    list: async () => [],
    connect: async target => {
      const outcome = 'port' in target ? (machine.connect?.(`${target.host}:${target.port}`) ?? 'open') : refuse()
      if (outcome !== 'open') throw outcome
      return new PassThrough()
    },
    writeFile: refuse,
    writePair: refuse,
    writeStream: refuse,
    remove: refuse,
    exec: refuse,
  }
}

/** A runtime that holds some images; `failures` of a pull come before it succeeds. */
export function fakeCri(
  images: readonly string[] = [],
  overrides: Partial<Cri> = {},
): Cri & { readonly pulled: string[] } {
  const pulled: string[] = []
  return {
    pulled,
    socket: '/run/x.sock',
    version: async () => ({ runtime: 'containerd', version: 'v2' }),
    status: async () => [
      { type: 'RuntimeReady', status: true, reason: '', message: '' },
      { type: 'NetworkReady', status: false, reason: 'NetworkPluginNotReady', message: '' },
    ],
    cgroupDriver: async () => 'systemd' as const,
    sandboxImage: async () => undefined,
    hasImage: async image => images.includes(image),
    pullImage: async image => {
      pulled.push(image)
    },
    containers: async () => [],
    stopContainer: async () => {},
    restartContainer: async () => {},
    pods: async () => [],
    removePod: async () => {},
    close: () => {},
    ...overrides,
  }
}

export interface FakeRun<N extends Node = Node> {
  readonly cluster: Cluster
  readonly node: N
  readonly request?: Partial<AnyRequest>
  readonly host: Host
  readonly cri?: Cri
  readonly discovered?: Discovered
}

/** A context that keeps its notes. */
export function fakeContext<N extends Node>(run: FakeRun<N>): PhaseContext<AnyRequest, N> & { readonly notes: Note[] } {
  const notes: Note[] = []
  const refuse = (): never => {
    throw new Error('preflight needs no API')
  }
  return {
    notes,
    cluster: run.cluster,
    node: run.node,
    request: makeRequest(run.request),
    host: run.host,
    session: {
      run: 'r',
      startedAt: new Date(0),
      signal: new AbortController().signal,
      key: refuse,
      ...(run.discovered === undefined ? {} : { discovered: run.discovered }),
    },
    kube: refuse,
    etcd: () => Promise.reject(new Error('no etcd here')),
    probe: refuse,
    operator: async () => run.host,
    cri: async () => run.cri ?? fakeCri(),
    until: refuse,
    report: note => {
      notes.push(note)
    },
  }
}

/** Discovery by token at 10.77.0.11. */
export function fakeDiscovered(ca = ''): Discovered {
  const kubeconfig = [
    'current-context: c',
    'clusters: [{name: k, cluster: {server: "https://10.77.0.11:6443"}}]',
    'contexts: [{name: c, context: {cluster: k, user: u}}]',
    'users: [{name: u, user: {token: abcdef.0123456789abcdef}}]',
  ].join('\n')
  return { server: 'https://10.77.0.11:6443', ca, bootstrapKubeconfig: secret(kubeconfig) }
}
