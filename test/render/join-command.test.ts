import { expect, it } from 'vitest'
import { renderJoinCommand, renderJoinCommandLine } from '../../src/render/join-command.ts'

const base = { endpoint: '10.0.0.1:6443', token: 'abcdef.0123456789abcdef', hashes: ['sha256:aa'] }

it('the worker join command ends in a space, as in kubeadm', () => {
  expect(renderJoinCommand(base)).toBe(
    'kadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef \\\n\t--discovery-token-ca-cert-hash sha256:aa ',
  )
})

it('the join command pins every CA', () => {
  expect(renderJoinCommand({ ...base, hashes: ['sha256:aa', 'sha256:bb'] })).toContain(
    '\t--discovery-token-ca-cert-hash sha256:aa --discovery-token-ca-cert-hash sha256:bb ',
  )
})

it('the control plane join command has a third line, with the certificate key if there is one', () => {
  const worker = renderJoinCommand(base)
  expect(renderJoinCommand({ ...base, controlPlane: {} })).toBe(`${worker}\\\n\t--control-plane `)
  expect(renderJoinCommand({ ...base, controlPlane: { certificateKey: 'k' } })).toBe(
    `${worker}\\\n\t--control-plane --certificate-key k`,
  )
})

it('the join command for --print-join-command fits on one line', () => {
  expect(renderJoinCommandLine({ ...base, controlPlane: { certificateKey: 'k' } })).toBe(
    'kadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:aa --control-plane --certificate-key k',
  )
})
