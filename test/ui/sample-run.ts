import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { KadmError } from '../../src/errors/kadm-error.ts'
import type { Event, Step } from '../../src/pipeline/events.ts'
import type { ProgressIo } from '../../src/ui/progress-display.ts'
import type { Environment } from '../../src/ui/terminal.ts'
import { makeCluster, makeNode, makeRequest } from '../fixtures/cluster.ts'

/** A step that does nothing. */
export function step(id: string, title: string, name = 'cp-1'): Step {
  const [phase, node] = [{ id, title, about: title }, makeNode({ name })]
  const target = { cluster: makeCluster({ nodes: [node] }), node, request: makeRequest() }
  const task = { ...target, phase, skip: () => undefined, omit: () => undefined, keys: () => [], run: async () => {} }
  return { stage: 'main', task, phase, node }
}

const ca = step('certs/ca', 'Generate the CA')
const apiserver = step('certs/apiserver', 'Generate the apiserver certificate')
const etcd = step('etcd/local', 'Write the etcd static pod')
const kubelet = step('kubelet-start', 'Start the kubelet')
const mark = step('mark-control-plane', 'Label and taint the node')

/** An init on one host that skips, warns and changes. */
export const initRun: readonly Event[] = [
  { type: 'run-started', intent: 'init', steps: [ca, apiserver, etcd, kubelet, mark] },
  { type: 'step-started', step: ca },
  {
    type: 'step-done',
    step: ca,
    ms: 120.4,
    changes: [
      { kind: 'file', on: 'cp-1', what: '/etc/kubernetes/pki/ca.crt', after: 'PUBLIC' },
      { kind: 'file', on: 'cp-1', what: '/etc/kubernetes/pki/ca.key', after: 'PRIVATE KEY' },
    ],
  },
  { type: 'step-started', step: apiserver },
  { type: 'step-note', step: apiserver, note: { kind: 'warning', text: 'the certificate expires in 3 days' } },
  { type: 'step-done', step: apiserver, ms: 640, changes: [] },
  { type: 'step-skipped', step: etcd, reason: 'etcd is external' },
  { type: 'step-started', step: kubelet },
  { type: 'step-note', step: kubelet, note: { kind: 'progress', text: 'Waiting for /healthz\nfor up to 4m0s' } },
  { type: 'step-note', step: kubelet, note: { kind: 'result', key: 'token', value: 'abcdef.0123456789abcdef' } },
  {
    type: 'step-done',
    step: kubelet,
    ms: 65_200,
    changes: [{ kind: 'exec', on: 'cp-1', what: 'systemctl restart kubelet' }],
  },
  { type: 'step-started', step: mark },
  { type: 'step-done', step: mark, ms: 30, changes: [] },
  { type: 'run-done', ms: 66_010 },
]

const w1 = step('kubelet-start', 'Start the kubelet', 'w1')
const w2 = step('kubelet-start', 'Start the kubelet', 'w2')
const w2Wait = step('kubelet-wait', 'Wait for the kubelet', 'w2')

/** A join of two hosts of which one fails. */
export const joinRun: readonly Event[] = [
  { type: 'run-started', intent: 'join', steps: [w1, w2, w2Wait] },
  { type: 'step-started', step: w1 },
  { type: 'step-started', step: w2 },
  { type: 'step-note', step: w1, note: { kind: 'warning', text: 'swap is on' } },
  { type: 'step-done', step: w1, ms: 3_200, changes: [] },
  {
    type: 'step-failed',
    step: w2,
    ms: 1_240,
    error: new KadmError('COMMAND_FAILED', 'systemctl restart kubelet exited 5\nmore'),
    changes: [],
  },
]

/** A stderr that keeps what it was given. */
export function fakeIo(options: { isTTY?: boolean; columns?: number; env?: Environment } = {}): ProgressIo & {
  written: () => string
  plain: () => string
} {
  const chunks: string[] = []
  const stream = new PassThrough()
  stream.on('data', chunk => chunks.push(String(chunk)))
  const stderr = Object.assign(stream, { isTTY: options.isTTY ?? false, columns: options.columns ?? 80 })
  return {
    stderr,
    env: options.env ?? {},
    now: () => new Date('2026-01-02T03:04:05Z'),
    written: () => chunks.join(''),
    plain: () => stripVTControlCharacters(chunks.join('')),
  }
}
