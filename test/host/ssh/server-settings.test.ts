import { describe, expect, it } from 'vitest'
import { forbiddingSetting } from '../../../src/host/ssh/server-settings.ts'

const port = { host: '127.0.0.1', port: 10248 }
const socket = { socket: '/run/containerd/containerd.sock' }
const open = {
  disableforwarding: 'no',
  allowtcpforwarding: 'yes',
  allowstreamlocalforwarding: 'yes',
  permitopen: 'any',
}
const settings = (changed: Partial<typeof open>, keys: readonly string[] = []) => ({
  of: new Map(Object.entries({ ...open, ...changed })),
  keys,
})

describe('forbiddingSetting', () => {
  it.each([
    [port, { allowtcpforwarding: 'no' }, 'AllowTcpForwarding no'],
    [port, { allowtcpforwarding: 'remote', allowstreamlocalforwarding: 'no' }, 'AllowTcpForwarding remote'],
    [port, { disableforwarding: 'yes', allowtcpforwarding: 'no' }, 'DisableForwarding yes'],
    [port, { permitopen: 'none' }, 'PermitOpen none'],
    [port, { permitopen: '10.0.0.1:6443 10.0.0.2:6443' }, 'PermitOpen 10.0.0.1:6443 10.0.0.2:6443'],
    [socket, { allowstreamlocalforwarding: 'remote' }, 'AllowStreamLocalForwarding remote'],
    [socket, { permitopen: '127.0.0.1:10248' }, 'PermitOpen 127.0.0.1:10248'],
    [socket, { allowtcpforwarding: 'no' }, 'AllowTcpForwarding no'],
  ])('forbiddingSetting finds the setting of sshd that forbids %j with %j', (target, changed, found) => {
    expect(forbiddingSetting(settings(changed), target)).toBe(found)
  })

  it.each([
    [
      'an option of a key',
      settings({}, ['/root/.ssh/authorized_keys:1: restrict']),
      '/root/.ssh/authorized_keys:1: restrict',
    ],
    [
      'an option of the key when no file shows one',
      settings({ allowtcpforwarding: 'local' }),
      'an option of the key (restrict',
    ],
    [
      'possible settings when sshd does not report them',
      { of: new Map(), keys: [] },
      'AllowTcpForwarding, PermitOpen or DisableForwarding',
    ],
  ])('forbiddingSetting names %s', (_, found, words) => {
    expect(forbiddingSetting(found, port)).toContain(words)
  })
})
