import { PassThrough } from 'node:stream'
import type { Client } from 'ssh2'
import { describe, expect, it, vi } from 'vitest'
import type { NoConnection } from '../../../src/errors/kadm-error.ts'
import { forward } from '../../../src/host/ssh/forward.ts'
import { rejection } from '../../contract/hosts.ts'

type Opened = (error: Error | undefined, channel?: PassThrough) => void

/** A connection whose other side opens a channel when the test triggers it. */
function slowClient() {
  let opened: Opened = () => {}
  const take = (...args: readonly unknown[]) => {
    opened = args.at(-1) as Opened
  }
  const client = { forwardOut: take, openssh_forwardOutStreamLocal: take } as unknown as Client
  return { client, open: (error?: Error, channel?: PassThrough) => opened(error, channel) }
}

const target = { host: '10.0.0.9', port: 22 }

describe('a forwarded stream', () => {
  it('a forwarded stream times out without an answer, and is closed if it opens later', async () => {
    vi.useFakeTimers()
    try {
      const { client, open } = slowClient()
      const failed = rejection(forward(client, 'bastion', target, { timeoutMs: 3000 }))
      await vi.advanceTimersByTimeAsync(3000)
      const error = await failed
      expect([error.code, error.message]).toEqual([
        'HOST_CONNECT',
        'cannot connect to 10.0.0.9:22 on bastion: no answer within 3s',
      ])
      const channel = new PassThrough()
      open(undefined, channel)
      expect(channel.destroyed).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  it('a forwarded stream is closed if it opens after the run was interrupted', async () => {
    const { client, open } = slowClient()
    const stop = new AbortController()
    const failed = expect(forward(client, 'bastion', target, { signal: stop.signal })).rejects.toThrow('enough')
    stop.abort(new Error('enough'))
    await failed
    const channel = new PassThrough()
    open(undefined, channel)
    expect(channel.destroyed).toBe(true)
    open(new Error('refused'))
  })

  it('a forwarded stream stays open when it opens in time', async () => {
    const { client, open } = slowClient()
    const stop = new AbortController()
    const stream = forward(client, 'bastion', target, { timeoutMs: 50, signal: stop.signal })
    const channel = new PassThrough()
    open(undefined, channel)
    expect(await stream).toBe(channel)
    await new Promise(resolve => setTimeout(resolve, 80))
    stop.abort()
    expect(channel.destroyed).toBe(false)
  })
})

describe('a refused forward', () => {
  const socket = { socket: '/run/containerd/containerd.sock' }
  it.each([
    ['forwarding is prohibited', target, 1, 'open failed', 'HOST_CHANNEL', 'AllowTcpForwarding yes'],
    [
      'forwarding to a socket is prohibited',
      socket,
      1,
      'open failed',
      'HOST_CHANNEL',
      'AllowStreamLocalForwarding yes',
    ],
    [
      'the message of the server prohibits it',
      target,
      2,
      'Forwarding is not allowed',
      'HOST_CHANNEL',
      'AllowTcpForwarding yes',
    ],
    ['the channel type is unknown', socket, 3, 'unknown channel type', 'HOST_CHANNEL', 'cannot forward'],
    ['the server is short of resources', target, 4, 'resource shortage', 'HOST_CHANNEL', 'run the same command again'],
    ['no process listens', target, 2, 'Connection refused', 'HOST_CONNECT', undefined],
    ['the target is unreachable', target, 2, 'No route to host', 'HOST_CONNECT', undefined],
    ['the socket does not exist', socket, 2, 'open failed', 'HOST_CONNECT', undefined],
  ])('a refused forward has an error code for its cause: %s', async (_, to, reason, words, code, hint) => {
    const { client, open } = slowClient()
    const failed = rejection(forward(client, 'n1', to))
    open(Object.assign(new Error(`(SSH) Channel open failure: ${words}`), { reason }))
    const error = await failed
    expect(error.code).toBe(code)
    if (hint === undefined) expect(error.hint).toBeUndefined()
    else expect(error.hint).toContain(hint)
  })

  it.each<[string, NoConnection | undefined]>([
    ['Connection refused', 'refused'],
    ['No route to host', 'no-route'],
    ['Network is unreachable', 'no-network'],
    ['Name or service not known', 'no-name'],
    ['Temporary failure in name resolution', 'no-name'],
    ['Connection timed out', 'timed-out'],
    ['open failed', 'unexplained'],
    ['connect failed', undefined],
  ])('a refused forward has a typed reason for the words of the server: %s', async (words, reason) => {
    const { client, open } = slowClient()
    const failed = rejection(forward(client, 'n1', target))
    open(Object.assign(new Error(`(SSH) Channel open failure: ${words}`), { reason: 2 }))
    expect((await failed).reason).toBe(reason)
  })
})
