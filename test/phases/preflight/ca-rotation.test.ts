import { expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import { caRotationAtSource, caRotationHere } from '../../../src/phases/preflight/ca-rotation.ts'
import type { CheckSubject } from '../../../src/phases/preflight/check.ts'
import { makeCluster } from '../../fixtures/cluster.ts'

const rotating = { '/etc/kubernetes/pki/rotation/ca/new.crt': 'PEM' }

function subject(own: Record<string, string>, source?: Record<string, string>): CheckSubject {
  const host = fakeHost({ name: 'w1', files: own })
  const ctx = { cluster: makeCluster(), host, ...(source && { source: fakeHost({ name: 'cp1', files: source }) }) }
  return { ctx } as unknown as CheckSubject
}

it.each([
  ['join', 'on the control plane that it reads from', caRotationAtSource, subject({}, rotating), 'cp1'],
  ['upgrade', 'on the node', caRotationHere, subject(rotating), 'w1'],
])('preflight of %s reports a rotation of CAs %s', async (_command, _where, check, asked, name) => {
  expect(await check.run(asked)).toEqual([
    {
      level: 'error',
      message: `a rotation of CAs is in progress: /etc/kubernetes/pki/rotation/ca exists on ${name}`,
      remedy: expect.stringContaining('kadm certs rotate-ca rollback'),
    },
  ])
})

it.each([
  ['join', 'from a control plane without a rotation', caRotationAtSource, subject({}, {})],
  ['join', 'without a control plane to read from', caRotationAtSource, subject({})],
  ['upgrade', 'without a rotation', caRotationHere, subject({})],
  [
    'upgrade',
    'during a rotation of service account keys',
    caRotationHere,
    subject({ '/etc/kubernetes/pki/rotation/sa/new.key': 'PEM' }),
  ],
])('preflight of %s %s reports nothing', async (_command, _where, check, asked) => {
  expect(await check.run(asked)).toEqual([])
})
