import type { Cri } from '../../src/clients/cri/cri.ts'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import { journaledCri } from '../../src/clients/cri/journaled.ts'
import { type FakeEtcd, fakeEtcd } from '../../src/clients/etcd/fake.ts'
import { journaledEtcd } from '../../src/clients/etcd/journaled.ts'
import { type FakeKube, fakeKube } from '../../src/clients/kube/fake.ts'
import { journaledKube } from '../../src/clients/kube/journaled.ts'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { isSecret } from '../../src/cluster/secret.ts'
import type { Discovered } from '../../src/cluster/session.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import type { HostReader } from '../../src/host/host.ts'
import { journaled } from '../../src/host/journal.ts'
import { type Note, type Phase, type PhaseContext, stage } from '../../src/phases/phase.ts'
import { makeUntil } from '../../src/pipeline/until.ts'
import { makeKeySource } from '../../src/pki/key-source.ts'
import { type AnyRequest, makeCluster, makeRequest } from '../fixtures/cluster.ts'

export interface OnePhase {
  readonly cluster?: Cluster
  readonly request?: Partial<AnyRequest>
  readonly host?: FakeHost
  readonly kube?: FakeKube
  /** Default: one member, cp1 at 10.0.0.1. */
  readonly etcd?: FakeEtcd
  readonly cri?: Cri
  readonly now?: Date
  readonly discovered?: Discovered
  readonly source?: HostReader
  /** The host that kadm runs on. */
  readonly operator?: FakeHost
  /** Default: 200 for every request. */
  readonly probe?: PhaseContext['probe']
  /** Stops the run. */
  readonly signal?: AbortSignal
}

export interface PhaseOutcome {
  /** `file /etc/kubernetes/pki/ca.crt`, in order. */
  readonly changes: readonly string[]
  readonly warnings: readonly string[]
  readonly progress: readonly string[]
  /** Results by key, revealed. */
  readonly results: readonly (readonly [string, string])[]
}

/** A cluster with keys that are fast to generate. */
export const quickCluster = (overrides: Parameters<typeof makeCluster>[0] = {}): Cluster =>
  makeCluster({ ...overrides, config: { encryptionAlgorithm: 'ECDSA-P256', ...overrides.config } })

/** Runs one phase on the first node with fakes. Waits poll every millisecond. */
export async function runPhase(phase: Phase<AnyRequest>, one: OnePhase = {}): Promise<PhaseOutcome> {
  const {
    cluster = quickCluster(),
    request,
    host = fakeHost(),
    kube = fakeKube(),
    etcd = fakeEtcd(),
    cri = fakeCri(),
    now = new Date(),
    discovered,
    source,
    operator = fakeHost(),
    probe = async () => ({ status: 200, body: 'ok' }),
    signal = new AbortController().signal,
  } = one
  const changes: string[] = []
  const notes: Note[] = []
  const record = ({ kind, what }: { readonly kind: string; readonly what: string }) => changes.push(`${kind} ${what}`)
  const until = makeUntil(signal)
  const [node] = cluster.nodes
  if (node === undefined) throw new Error('the cluster has no node')
  const journaledApi = journaledKube(kube, record)
  const journaledMembers = journaledEtcd(etcd, record)
  const journaledRuntime = journaledCri(cri, node.name, record)
  const target = { cluster, node, request: makeRequest(request) }
  const [[[task] = []] = []] = stage({ id: 'stage', targets: [target], atOnce: 1, rows: [phase] }).rowsOf(node)
  if (task === undefined) throw new Error(`${phase.id} is not a phase of a ${node.role}`)
  await task.run({
    host: journaled(host, record),
    operator: async () => operator,
    ...(source === undefined ? {} : { source }),
    session: {
      run: 'test',
      startedAt: now,
      signal,
      key: makeKeySource(cluster.config.encryptionAlgorithm).key,
      ...(discovered === undefined ? {} : { discovered }),
    },
    kube: async () => journaledApi,
    cri: async () => journaledRuntime,
    etcd: async () => journaledMembers,
    probe,
    until: (what, probe, o) => until(what, probe, { ...o, intervalMs: 1 }),
    report: note => notes.push(note),
  })
  const texts = (kind: string) => notes.flatMap(note => (note.kind === kind && 'text' in note ? [note.text] : []))
  const results = notes.flatMap(note => (note.kind === 'result' ? [[note.key, revealed(note.value)] as const] : []))
  return { changes, warnings: texts('warning'), progress: texts('progress'), results }
}

function revealed(value: Extract<Note, { kind: 'result' }>['value']): string {
  return isSecret(value) ? value.reveal() : value
}
