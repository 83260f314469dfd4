import { PassThrough } from 'node:stream'
import type { Client } from 'ssh2'
import { describe, expect, it, vi } from 'vitest'
import { forward } from '../../src/host/ssh-forward.ts'
import { rejection } from '../contract/hosts.ts'

type Opened = (error: Error | undefined, channel?: PassThrough) => void

/** A connection whose other side opens a channel when the test says so. */
function slowClient() {
  let opened: Opened = () => {}
  const take = (...args: readonly unknown[]) => {
    opened = args.at(-1) as Opened
  }
  const client = { forwardOut: take, openssh_forwardOutStreamLocal: take } as unknown as Client
  return { client, open: (error?: Error, channel?: PassThrough) => opened(error, channel) }
}

const target = { host: '10.0.0.9', port: 22 }

describe('a stream through a machine', () => {
  it('is given up when nothing answers in time, and let go of when it opens after that', async () => {
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

  it('is let go of when it opens after the run was stopped', async () => {
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

  it('is kept when it opens in time', async () => {
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
