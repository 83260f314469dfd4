import { PassThrough } from 'node:stream'
import type { Client } from 'ssh2'
import { describe, expect, it } from 'vitest'
import type { SshSettings } from '../../../../src/host/ssh/config/config.ts'
import { watchLink } from '../../../../src/host/ssh/link.ts'
import { checkLogIn } from '../../../../src/host/ssh/log-in/check.ts'
import { rejection } from '../../../contract/hosts.ts'

/** The answer of a server to a channel request: open, or a failure with a reason code of RFC 4254 and a text. */
type Answer = 'open' | readonly [reason: number, words: string]

interface Server {
  /** By `host:port` or path. */
  readonly forwards?: Readonly<Record<string, Answer>>
  /** The output of scripts, by a word in them. */
  readonly prints?: Readonly<Record<string, string>>
  readonly exec?: Error
}

const refused: Answer = [2, 'Connection refused']
const openFailed: Answer = [2, 'open failed']
const health = '127.0.0.1:10248'
const journal = '/run/systemd/journal/stdout'

/** A server with the answers of a table; the host refuses all others. */
function serve({ forwards = {}, prints = {}, exec }: Server) {
  const answer = (target: string, opened: (error?: Error, channel?: PassThrough) => void) => {
    const found = forwards[target] ?? refused
    setImmediate(() => {
      if (found === 'open') return opened(undefined, new PassThrough())
      opened(Object.assign(new Error(`(SSH) Channel open failure: ${found[1]}`), { reason: found[0] }))
    })
  }
  const client = Object.assign(new PassThrough(), {
    exec(line: string, opened: (error?: Error, channel?: PassThrough) => void) {
      const script = line.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
      const printed = Object.entries(prints).find(([word]) => script.includes(word))?.[1] ?? ''
      const channel = Object.assign(new PassThrough(), { stderr: new PassThrough() })
      if (exec !== undefined) return opened(exec)
      opened(undefined, channel)
      channel.emit('data', Buffer.from(`\u0001kadm\u0001${printed}`))
      channel.emit('exit', 0)
      channel.emit('close')
    },
    forwardOut: (_: string, __: number, host: string, port: number, opened: () => void) =>
      answer(`${host}:${port}`, opened),
    openssh_forwardOutStreamLocal: (path: string, opened: () => void) => answer(path, opened),
  }) as unknown as Client
  const link = watchLink(client, new PassThrough(), { name: 'n1', alive: { intervalMs: 60_000, count: 3 } })
  return { client, link, settings: { user: 'root', typed: 'n1' } as SshSettings }
}

const sshd = { SSH_CONNECTION: '10.0.0.9 50000 10.0.0.1 22\n' }
const listens = { '/proc/net/unix': '/run/other.sock\n' }

describe('the login check', () => {
  it.each<[string, Server]>([
    ['no process listens on the port and a socket opens', { forwards: { [journal]: 'open' } }],
    ['the port answers', { forwards: { [health]: 'open', [journal]: 'open' } }],
    [
      'it refuses the port with "open failed" but opens its own port',
      { forwards: { [health]: openFailed, '10.0.0.1:22': 'open', [journal]: 'open' }, prints: sshd },
    ],
    [
      'the socket does not exist and another socket opens',
      { forwards: { [journal]: openFailed, '/run/other.sock': 'open' }, prints: listens },
    ],
    ['it has no listening socket to try', { forwards: { [journal]: openFailed } }],
  ])('the login check accepts a server when %s', async (_, server) => {
    await checkLogIn(serve(server), 2)
  })

  it.each<[string, Server, string]>([
    [
      'it refuses the port and its own port with "open failed"',
      { forwards: { [health]: openFailed, '10.0.0.1:22': openFailed, [journal]: 'open' }, prints: sshd },
      'ports of the host',
    ],
    [
      'a listening socket does not open',
      { forwards: { [journal]: openFailed, '/run/other.sock': openFailed }, prints: listens },
      'sockets of the host',
    ],
    ['it does not support sockets', { forwards: { [journal]: [3, 'unknown channel type'] } }, 'sockets of the host'],
    [
      'its message prohibits forwarding',
      { forwards: { [health]: [2, 'forwarding is disabled'] } },
      'does not forward ports',
    ],
  ])('the login check rejects a server when %s', async (_, server, words) => {
    const error = await rejection(checkLogIn(serve(server), 2))
    expect([error.code, error.message]).toEqual(['HOST_CHANNEL', expect.stringContaining(words)])
    expect(error.hint).toBeTruthy()
  })
})

it('the login check names a server that does not accept commands', async () => {
  const error = await rejection(checkLogIn(serve({ exec: new Error('Unable to exec') }), 2))
  expect([error.code, error.message]).toEqual(['HOST_SHELL', 'the SSH server on n1 does not accept commands'])
})
