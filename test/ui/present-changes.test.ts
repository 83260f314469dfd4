import { describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import type { Change, Step } from '../../src/pipeline/events.ts'
import { presentChanges } from '../../src/ui/present-changes.ts'
import { type ShownChange, showChange } from '../../src/ui/shown-change.ts'
import { oracleText } from '../pki/oracle.ts'
import { step as sampleStep } from './sample-run.ts'

const step = (id: string, title: string, node = 'cp1') => sampleStep(id, title, node)

const certs = step('certs/ca', 'Make ca.crt')
const kubelet = step('kubelet-start', 'Configure and start the kubelet')
const mark = step('mark-control-plane', 'Label and taint the node')
const reset = step('cleanup-node', 'Remove what kadm wrote')

const recorded: readonly (readonly [Step, Change])[] = [
  [certs, { kind: 'image', on: 'cp1', what: 'registry.k8s.io/pause:3.10.1' }],
  [certs, { kind: 'file', on: 'cp1', what: '/pki/ca.key', mode: 0o600, after: secret('private') }],
  [certs, { kind: 'file', on: 'cp1', what: '/pki/ca.crt', mode: 0o644, after: oracleText('RSA-2048/ca.crt') }],
  [kubelet, { kind: 'dir', on: 'cp1', what: '/var/lib/kubelet', mode: 0o700 }],
  [kubelet, { kind: 'dir', on: 'cp1', what: '/var/lib/etcd', mode: 0o700, modeBefore: 0o755 }],
  [kubelet, { kind: 'file', on: 'cp1', what: '/a', mode: 0o644, before: 'one\ntwo\n', after: 'one\n2\n' }],
  [kubelet, { kind: 'file', on: 'cp1', what: '/b', mode: 0o600, modeBefore: 0o644, before: 'b\n', after: 'b\n' }],
  [kubelet, { kind: 'exec', on: 'cp1', what: 'systemctl restart kubelet' }],
  [mark, { kind: 'object', on: 'cluster', what: 'Node cp1', before: 'a: 1\n', after: 'a: 1\nb: 2\n' }],
  [mark, { kind: 'object', on: 'cluster', what: 'ConfigMap a/b', before: 'a: 1\n' }],
  [mark, { kind: 'member', on: 'cluster', what: 'etcd member https://10.0.0.2:2380', after: 'learner' }],
  [
    mark,
    {
      kind: 'member',
      on: 'cluster',
      what: 'etcd member https://10.0.0.2:2380',
      before: 'learner',
      after: 'voter',
    },
  ],
  [mark, { kind: 'member', on: 'cluster', what: 'etcd member https://10.0.0.3:2380', before: 'voter' }],
  [reset, { kind: 'remove', on: 'cp1', what: '/etc/kubernetes/admin.conf' }],
]

const shown: readonly ShownChange[] = recorded.map(([one, change]) => showChange(one, change))
const titles = new Map(recorded.map(([{ phase }]) => [phase.id, phase.title]))
const plain = { color: false, titles, several: false }

const golden = `\
[certs/ca] Make ca.crt

would pull registry.k8s.io/pause:3.10.1

--- /dev/null
+++ /pki/ca.key (0600)
@@ -0,0 +1 @@
+[secret, 7 bytes]

--- /dev/null
+++ /pki/ca.crt (0644)
@@ -0,0 +1,7 @@
+-----BEGIN CERTIFICATE-----
+  subject CN=kubernetes
+  issuer CN=kubernetes
+  names DNS:kubernetes
+  valid FROM to TO
+  sha256 HEX
+-----END CERTIFICATE-----

[kubelet-start] Configure and start the kubelet

would create the directory /var/lib/kubelet (0700)

would change the mode of /var/lib/etcd from 0755 to 0700

--- /a (0644)
+++ /a (0644)
@@ -1,2 +1,2 @@
 one
-two
+2

--- /b (0644)
+++ /b (0600)

would run: systemctl restart kubelet

[mark-control-plane] Label and taint the node

--- Node cp1
+++ Node cp1
@@ -1 +1,2 @@
 a: 1
+b: 2

--- ConfigMap a/b
+++ /dev/null
@@ -1 +0,0 @@
-a: 1

would add etcd member https://10.0.0.2:2380 as a learner

would change etcd member https://10.0.0.2:2380 to a voter

would remove etcd member https://10.0.0.3:2380, a voter

[cleanup-node] Remove what kadm wrote

would remove /etc/kubernetes/admin.conf

`

describe('presentChanges', () => {
  it('presentChanges prints the changes of each step, with files and objects as unified diffs', () => {
    const text = presentChanges(shown, plain)
      .replace(/valid \S+Z to \S+Z$/m, 'valid FROM to TO')
      .replace(/sha256 [0-9a-f]{64}$/m, 'sha256 HEX')
    expect(text).toBe(golden)
  })

  it('presentChanges prints the node of each step when there are several nodes', () => {
    const changes = [
      showChange(step('kubelet-start', 'Start', 'w1'), { kind: 'exec', on: 'w1', what: 'a' }),
      showChange(step('kubelet-start', 'Start', 'w2'), { kind: 'exec', on: 'w2', what: 'a' }),
    ]
    const text = presentChanges(changes, { ...plain, titles: new Map([['kubelet-start', 'Start']]), several: true })
    expect(text).toBe('[w1 kubelet-start] Start\n\nwould run: a\n\n[w2 kubelet-start] Start\n\nwould run: a\n\n')
  })

  it('presentChanges lists the contents of a removed directory', () => {
    const change = showChange(reset, { kind: 'remove', on: 'cp1', what: '/etc/k' })
    const text = presentChanges([{ ...change, contents: ['/etc/k/a', '/etc/k/b'] }], plain)
    expect(text).toContain('would remove /etc/k\n-/etc/k/a\n-/etc/k/b\n')
  })

  it('presentChanges colors added and removed lines only when color is on', () => {
    const text = presentChanges(shown, { ...plain, color: true })
    expect(text).toContain('\u001b[32m+2\u001b[39m\n')
    expect(text).toContain('\u001b[31m-two\u001b[39m\n')
    expect(presentChanges(shown, plain)).not.toContain('\u001b')
  })

  it('presentChanges prints nothing when there are no changes', () => {
    expect(presentChanges([], plain)).toBe('')
  })
})

describe('showChange', () => {
  it('showChange prints file modes in octal and masks secrets', () => {
    expect(shown[1]).toEqual({
      phase: 'certs/ca',
      node: 'cp1',
      kind: 'file',
      what: '/pki/ca.key',
      mode: '0600',
      after: '[secret, 7 bytes]\n',
    })
    expect(shown[6]).toMatchObject({ mode: '0600', modeBefore: '0644' })
  })
})
