import { expect, it } from 'vitest'
import { renderJoinCommand, renderJoinCommandLine } from '../../src/render/join-command.ts'

const base = { endpoint: '10.0.0.1:6443', token: 'abcdef.0123456789abcdef', hashes: ['sha256:aa'] }

it('ends the worker command in a space, as kubeadm does', () => {
  expect(renderJoinCommand(base)).toBe(
    'kadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef \\\n\t--discovery-token-ca-cert-hash sha256:aa ',
  )
})

it('pins every CA', () => {
  expect(renderJoinCommand({ ...base, hashes: ['sha256:aa', 'sha256:bb'] })).toContain(
    '\t--discovery-token-ca-cert-hash sha256:aa --discovery-token-ca-cert-hash sha256:bb ',
  )
})

it('adds a third line for a control plane, with the key when there is one', () => {
  const worker = renderJoinCommand(base)
  expect(renderJoinCommand({ ...base, controlPlane: {} })).toBe(`${worker}\\\n\t--control-plane `)
  expect(renderJoinCommand({ ...base, controlPlane: { certificateKey: 'k' } })).toBe(
    `${worker}\\\n\t--control-plane --certificate-key k`,
  )
})

it('fits on one line for --print-join-command', () => {
  expect(renderJoinCommandLine({ ...base, controlPlane: { certificateKey: 'k' } })).toBe(
    'kadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:aa --control-plane --certificate-key k',
  )
})
