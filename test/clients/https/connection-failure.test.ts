import { describe, expect, it } from 'vitest'
import { connectionFailure } from '../../../src/clients/https/connection-failure.ts'
import { KadmError, type NoConnection } from '../../../src/errors/kadm-error.ts'

const local = (code: string, says = `connect ${code} 10.0.0.1:6443`) =>
  new KadmError('HOST_CONNECT', `cannot connect to 10.0.0.1:6443 on this host: ${says}`, {
    cause: Object.assign(new Error(says), { code }),
  })
const overSsh = (reason?: NoConnection) => {
  const cause = Object.assign(new Error('(SSH) Channel open failure'), { reason: 2 })
  return new KadmError('HOST_CONNECT', `cannot connect to 10.0.0.1:6443 on cp1: ${cause.message}`, { cause, reason })
}

describe('connectionFailure', () => {
  it.each<[string, KadmError, string, string]>([
    ['to a port where nothing listens', local('ECONNREFUSED'), 'connection refused', 'refused'],
    ['to a name of several addresses', local('ECONNREFUSED', ''), 'connection refused', 'refused'],
    ['to an unknown name', local('ENOTFOUND'), 'its name cannot be resolved', 'name'],
    ['while no name server answers', local('EAI_AGAIN'), 'its name cannot be resolved', 'name'],
    ['to a host without a route', local('EHOSTUNREACH'), 'no route to the host', 'route'],
    ['to a network without a route', local('ENETUNREACH'), 'no route to the network', 'route'],
    ['to a host that is silent', local('ETIMEDOUT'), 'timed out', 'down'],
    ['over SSH to a closed port', overSsh('refused'), 'connection refused', 'refused'],
    ['over SSH to a host without a route', overSsh('no-route'), 'no route to the host', 'route'],
    ['over SSH to a network without a route', overSsh('no-network'), 'no route to the network', 'route'],
    ['over SSH to an unknown name', overSsh('no-name'), 'its name cannot be resolved', 'name'],
    ['over SSH to a silent host', overSsh('timed-out'), 'timed out', 'down'],
    ['over SSH, for an unknown reason', overSsh(), 'connection refused', 'down'],
    ['over SSH, without an explanation', overSsh('unexplained'), 'connection refused', 'down'],
  ])('a failed connection has a reason and a kind: %s', (_, error, says, kind) => {
    expect(connectionFailure(error)).toEqual({ says, kind })
  })
})
