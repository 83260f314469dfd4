import { once } from 'node:events'
import { createServer, connect as dial, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { fetchHostCertificate } from '../../../../src/host/ssh/trust/certificate-fetch.ts'
import { wireReader, wireString } from '../../../../src/host/ssh/trust/wire.ts'

const types = ['ssh-ed25519-cert-v01@openssh.com']
const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach(close => void close()))

function packet(payload: Buffer): Buffer {
  const padding = 11 - (payload.length % 8)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(1 + payload.length + padding)
  head[4] = padding
  return Buffer.concat([head, payload, Buffer.alloc(padding)])
}

function kexInit(exchanges: string, hostKeys: string): Buffer {
  const lists = [
    exchanges,
    hostKeys,
    'aes128-ctr',
    'aes128-ctr',
    'hmac-sha2-256',
    'hmac-sha2-256',
    'none',
    'none',
    '',
    '',
  ]
  return Buffer.concat([Buffer.of(20), Buffer.alloc(16), ...lists.map(wireString), Buffer.alloc(5)])
}

/** A server that sends its lines at once, and an answer after it has received the start of a key exchange. */
async function ask(lines: readonly Buffer[], answer?: Buffer): Promise<Uint8Array | undefined> {
  const server = createServer((socket: Socket) => {
    socket.on('error', () => {})
    // In single bytes: nothing arrives in the chunks in which it was sent.
    for (const byte of Buffer.concat(lines)) socket.write(Buffer.of(byte))
    socket.on('data', data => {
      if (answer !== undefined && data.includes(Buffer.concat([Buffer.of(30), Buffer.of(0, 0, 0)]))) socket.end(answer)
      else if (answer === undefined) socket.end()
    })
  })
  closers.push(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return fetchHostCertificate(dial((server.address() as { port: number }).port, '127.0.0.1'), types)
}

const banner = Buffer.from('Welcome\r\nSSH-2.0-test\r\n')
const reply = (blob: string) =>
  packet(Buffer.concat([Buffer.of(31), wireString(blob), wireString('q'), wireString('sig')]))

describe('fetchHostCertificate', () => {
  it.each(['curve25519-sha256', 'ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521'])(
    'fetchHostCertificate returns the certificate of the server in a key exchange by %s',
    async exchange => {
      const lines = [banner, packet(kexInit(`mlkem,${exchange}`, `ssh-ed25519,${types[0]}`))]
      expect(Buffer.from((await ask(lines, reply('the certificate'))) ?? []).toString()).toBe('the certificate')
    },
  )

  it.each<[string, readonly Buffer[], Buffer | undefined]>([
    ['has no certificate', [banner, packet(kexInit('curve25519-sha256', 'ssh-ed25519'))], reply('x')],
    ['has no common key exchange', [banner, packet(kexInit('mlkem', types[0] ?? ''))], reply('x')],
    ['closes the connection', [banner], undefined],
    ['refuses', [banner, packet(kexInit('curve25519-sha256', types[0] ?? ''))], packet(Buffer.of(1, 0, 0, 0, 3))],
  ])('fetchHostCertificate returns undefined when the server %s', async (_, lines, answer) => {
    expect(await ask(lines, answer)).toBeUndefined()
  })

  it('fetchHostCertificate throws for a malformed packet', async () => {
    const half = Buffer.concat([Buffer.of(31), Buffer.of(0, 0, 99)])
    await expect(ask([banner, packet(half)], reply('x'))).rejects.toThrow('cut short')
    expect(() => wireReader(Buffer.of(0, 0, 0, 9, 1)).string()).toThrow(RangeError)
  })
})
