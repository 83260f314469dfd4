import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../src/host/fake.ts'
import { apiserver, controllerManager, scheduler } from '../../src/phases/control-plane/index.ts'
import { runPhase } from './run-phase.ts'

const phases = [
  ['kube-apiserver', apiserver],
  ['kube-controller-manager', controllerManager],
  ['kube-scheduler', scheduler],
] as const
const caFile = '/etc/kubernetes/pki/ca.crt'

describe.each(phases)('the phase that writes the static pod of %s', (component, phase) => {
  const manifest = `/etc/kubernetes/manifests/${component}.yaml`

  it('a control plane phase writes only its own manifest, with mode 0600', async () => {
    const host = fakeHost()
    const { changes } = await runPhase(phase, { host })
    expect(changes).toEqual(['dir /etc/kubernetes/manifests', `file ${manifest}`])
    expect(await host.stat(manifest)).toMatchObject({ mode: 0o600 })
    expect(Buffer.from((await host.readFile(manifest)) ?? '').toString()).toContain(`\n    - ${component}\n`)
  })

  it('a control plane phase changes nothing when it runs again', async () => {
    const host = fakeHost()
    await runPhase(phase, { host })
    expect((await runPhase(phase, { host })).changes).toEqual([])
  })

  it('a control plane phase rewrites a manifest that differs from the configuration', async () => {
    const host = fakeHost({ files: { [manifest]: 'kind: Pod\n' } })
    expect((await runPhase(phase, { host })).changes).toEqual([`file ${manifest}`])
  })
})

it.each([
  ['with the key of the CA on the host lets the controller-manager sign certificates', true],
  ['without the key of the CA on the host gives the controller-manager no key to sign with', false],
])('a control plane %s', async (_, hasKey) => {
  const host = fakeHost({ files: { [caFile]: '', ...(hasKey ? { '/etc/kubernetes/pki/ca.key': '' } : {}) } })
  await runPhase(controllerManager, { host })
  const path = '/etc/kubernetes/manifests/kube-controller-manager.yaml'
  const text = Buffer.from((await host.readFile(path)) ?? '').toString()
  expect(text.includes('--cluster-signing-key-file=/etc/kubernetes/pki/ca.key\n')).toBe(hasKey)
})
