import { PassThrough } from 'node:stream'
import type { Client } from 'ssh2'
import { describe, expect, it } from 'vitest'
import { openAskpass } from '../../../src/host/ssh/askpass.ts'
import type { SshSettings } from '../../../src/host/ssh/config/config.ts'
import { watchLink } from '../../../src/host/ssh/link.ts'
import { rejection } from '../../contract/hosts.ts'

/** A connection whose sessions start and print nothing. */
function mute() {
  const channel = Object.assign(new PassThrough(), { stderr: new PassThrough() })
  const client = Object.assign(new PassThrough(), {
    exec: (_line: string, opened: (error: undefined, session: typeof channel) => void) => opened(undefined, channel),
  }) as unknown as Client
  const link = watchLink(client, new PassThrough(), { name: 'n1', alive: { intervalMs: 60_000, count: 3 } })
  return { client, link, channel, settings: { user: 'pat', typed: 'n1' } as SshSettings }
}

describe('askpass', () => {
  it.each(['the connection', 'the session'])(
    'the sudo setup reports a lost connection when %s ends during it',
    async what => {
      const { client, link, channel, settings } = mute()
      const failed = rejection(openAskpass({ client, link, settings }, () => undefined))
      if (what === 'the session') channel.emit('close')
      else link.cut('no answer for 20s')
      const error = await failed
      expect(error.code).toBe('HOST_UNREACHABLE')
      expect(error.message).toContain('lost the connection to n1 during setting up sudo: ')
    },
  )

  it('the sudo setup reports HOST_SUDO when its script fails', async () => {
    const { client, link, channel, settings } = mute()
    const failed = rejection(openAskpass({ client, link, settings }, () => undefined))
    channel.emit('data', Buffer.from('\u0001kadm\u0001'))
    channel.emit('exit', 1)
    channel.emit('close')
    expect((await failed).code).toBe('HOST_SUDO')
  })

  it('the sudo setup reports HOST_SHELL when the login does not start its script', async () => {
    const { client, link, channel, settings } = mute()
    const failed = rejection(openAskpass({ client, link, settings }, () => undefined))
    channel.emit('exit', 1)
    channel.emit('close')
    expect((await failed).code).toBe('HOST_SHELL')
  })
})
