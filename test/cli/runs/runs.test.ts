import { describe, expect, it } from 'vitest'
import { runDetails, runTable, type ShownRun } from '../../../src/cli/runs/result.ts'
import { chooseRun } from '../../../src/cli/runs/runs.ts'
import type { RecordedStep } from '../../../src/host/claim/read-runs.ts'
import { deadHost, runKadm } from '../run-kadm.ts'

const step = (phase: string, more: Partial<RecordedStep>): RecordedStep => {
  const startedAt = '2026-03-04T05:06:08.123Z'
  return { stage: 'init', phase, node: 'cp1', state: 'done', startedAt, ms: 20, changes: [], ...more }
}
const copy = '/var/lib/kadm/before/20260304T050607Z-aa0001/etc/kubernetes/admin.conf'
const failed: ShownRun = {
  ...{ host: 'cp1', run: '20260304T050607Z-aa0001', command: 'kadm init', user: 'ada', machine: 'laptop', pid: 4711 },
  ...{ startedAt: '2026-03-04T05:06:07.000Z', endedAt: '2026-03-04T05:06:19.300Z', state: 'failed' },
  error: { code: 'COMPONENT_FAILED', text: 'etcd on cp1 does not start' },
  steps: [
    step('certs/ca', { changes: ['file /etc/kubernetes/pki/ca.crt', 'file /etc/kubernetes/pki/ca.key'] }),
    step('wait-control-plane', {
      state: 'failed',
      ms: 11_100,
      error: { code: 'COMPONENT_FAILED', text: 'etcd on cp1 does not start' },
    }),
    { stage: 'init', phase: 'upload-config/kubeadm', node: 'cp1', state: 'not-started', changes: [] },
    { stage: 'init', phase: 'mark-control-plane', node: 'cp1', state: 'not-started', changes: [] },
  ],
  beforeImages: [
    { path: '/etc/kubernetes/admin.conf', copy, mode: '600', owner: 'root:root' },
    { path: '/usr/bin/kubelet', size: 58_000_000, sha256: 'ab12', mode: '755', owner: 'root:root' },
  ],
}
const { error: _, endedAt: __, ...open } = failed
const killed: ShownRun = {
  ...open,
  run: '20260304T060000Z-aa0002',
  state: 'unfinished',
  steps: [step('certs/ca', { state: 'unfinished' })],
}
const done: ShownRun = { ...failed, run: '20260304T070000Z-aa0003', state: 'done', steps: [] }
const old: ShownRun = { host: 'w1', run: 'old', state: 'unfinished', steps: [], beforeImages: [] }

describe('the table of runs', () => {
  it('runs list shows the user, start and end of each run', () => {
    expect(runTable([failed, killed, { ...killed, state: 'running' }, done]).split('\n')).toEqual([
      'RUN                      COMMAND    BY             STARTED               END',
      '20260304T050607Z-aa0001  kadm init  ada on laptop  2026-03-04T05:06:07Z  failed after 12.3s at wait-control-plane',
      '20260304T060000Z-aa0002  kadm init  ada on laptop  2026-03-04T05:06:07Z  unfinished at certs/ca',
      '20260304T060000Z-aa0002  kadm init  ada on laptop  2026-03-04T05:06:07Z  still running at certs/ca',
      '20260304T070000Z-aa0003  kadm init  ada on laptop  2026-03-04T05:06:07Z  done in 12.3s',
    ])
  })

  it('runs list shows the host of each run when there are several hosts', () => {
    expect(runTable([done, old]).split('\n')).toEqual([
      'HOST  RUN                      COMMAND    BY             STARTED               END',
      'cp1   20260304T070000Z-aa0003  kadm init  ada on laptop  2026-03-04T05:06:07Z  done in 12.3s',
      'w1    old                      -          -              -                     unfinished',
    ])
  })

  it('runs list prints a sentence when there are no runs', () => {
    expect(runTable([])).toBe('No run of kadm is recorded.')
  })
})

it('runs show prints the steps of a run, their changes and the backups of the files', () => {
  expect(runDetails(failed)).toBe(`\
Run:      20260304T050607Z-aa0001
Host:     cp1
Command:  kadm init
By:       ada on laptop (process 4711)
Started:  2026-03-04T05:06:07Z
End:      failed after 12.3s at wait-control-plane
Error:    COMPONENT_FAILED: etcd on cp1 does not start

STAGE  STEP                STARTED               TIME   END
init   certs/ca            2026-03-04T05:06:08Z  0.0s   done
    file /etc/kubernetes/pki/ca.crt
    file /etc/kubernetes/pki/ca.key
init   wait-control-plane  2026-03-04T05:06:08Z  11.1s  failed: COMPONENT_FAILED

Not started: upload-config/kubeadm, mark-control-plane

1 file as before this run, readable by root alone:
  ${copy}  600 root:root

1 file changed by this run but too large to keep:
  /usr/bin/kubelet  755 root:root  58000000 bytes, SHA-256 ab12
`)
})

describe('the choice of a run', () => {
  const found = [
    { host: { name: 'cp1' }, runs: [{ run: '20260304T05-a' }, { run: '20260304T06-b' }] },
    { host: { name: 'w1' }, runs: [{ run: '20260304T06-b' }, { run: '20260304T06-b2' }] },
  ]

  it.each([
    { name: undefined, run: '20260304T06-b2' },
    { name: '20260304T05', run: '20260304T05-a' },
    { name: '20260304T06-b', run: '20260304T06-b' },
  ])('runs show selects a run by its name or a prefix, or the latest without one: $name', ({ name, run }) => {
    expect(chooseRun(name, found)).toBe(run)
  })

  it.each([
    { name: '2025', hosts: found, message: 'no run on cp1, w1 has a name that starts with 2025' },
    { name: '20260304T06', hosts: found, message: '2 runs have names that start with 20260304T06: 20260304T06-b, ' },
    { name: undefined, hosts: [{ host: { name: 'cp1' }, runs: [] }], message: 'no run of kadm is recorded on cp1' },
  ])('runs show explains why it cannot select a run: $message', ({ name, hosts, message }) => {
    expect(() => chooseRun(name, hosts)).toThrow(message)
  })
})

it('runs list and runs show exit with 4 when the host cannot be reached', async () => {
  for (const argv of [['list'], ['show', '2026']]) {
    expect((await runKadm(['runs', ...argv, ...deadHost])).code).toBe(4)
  }
})
