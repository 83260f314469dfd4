import { createHash, randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { dialer } from '../../../src/clients/https/dial.ts'
import { type Exchange, exchange, exchangeStream } from '../../../src/clients/https/exchange.ts'
import { type Pool, pool } from '../../../src/clients/https/pool.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import { type Answer, type ApiServer, apiServer, channelHost, directHost } from './api-server.ts'
import { authority } from './authority.ts'

const ca = authority()
const { cert, key } = ca.issue('server', { ips: ['127.0.0.1'] })
const content = randomBytes(3_000_000)
const sha256 = createHash('sha256').update(content).digest('hex')

const toClose: (() => unknown)[] = []
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close()
})

async function serve(answer: Answer, host = directHost): Promise<{ server: ApiServer; connections: Pool }> {
  const server = await apiServer({ cert, key }, answer)
  const url = new URL(`https://127.0.0.1:${server.port}`)
  const connections = pool(dialer({ host: host(), url, access: { caPem: ca.cert }, insecure: false }), 1)
  toClose.push(() => server.stop(), connections.close)
  return { server, connections }
}

const get: Exchange = { method: 'GET', path: '/', headers: {}, timeoutMs: 5000 }

describe.each([
  ['a local socket', directHost],
  ['an SSH channel', channelHost],
])('a streamed body over %s', (_title, host) => {
  it('a streamed download writes a file with the expected checksum', async () => {
    const { connections, server } = await serve((_seen, response) => response.end(content), host)
    const machine = fakeHost()
    const { status, body } = await exchangeStream(connections, get)
    const digest = await machine.writeStream({ path: '/snapshot', source: body, sha256 })
    expect([status, digest]).toEqual([200, { size: content.length, sha256 }])
    expect(await exchange(connections, { ...get, path: '/next' })).toMatchObject({ status: 200 })
    expect(server.connections()).toBe(1)
  })

  it('a streamed upload sends a file', async () => {
    let received = ''
    const { connections } = await serve((seen, response) => {
      received = seen.body
      response.end(seen.headers['transfer-encoding'])
    }, host)
    const file = 'kadm\n'.repeat(200_000)
    const machine = fakeHost({ files: { '/file': file } })
    const body = new PassThrough()
    const [digest, answer] = await Promise.all([
      machine.readStream('/file', body),
      exchange(connections, { ...get, method: 'PUT', body }),
    ])
    expect(answer).toEqual({ status: 200, body: 'chunked' })
    expect(received === file).toBe(true)
    expect(digest?.size).toBe(1_000_000)
  })

  it('a streamed download keeps the old file when the server closes the connection early', async () => {
    const { connections } = await serve((_seen, response, socket) => {
      response.writeHead(200, { 'content-length': content.length })
      response.write(content.subarray(0, 100_000), () => socket.destroy())
    }, host)
    const machine = fakeHost({ files: { '/file': 'old' } })
    const { body } = await exchangeStream(connections, get)
    await expect(machine.writeStream({ path: '/file', source: body })).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(Buffer.from((await machine.readFile('/file')) ?? []).toString()).toBe('old')
  })

  it('a streamed download fails when the server goes silent', async () => {
    const { connections } = await serve((_seen, response) => response.write('half'), host)
    const { body } = await exchangeStream(connections, { ...get, timeoutMs: 200 })
    await expect(text(body)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  })

  it('a connection is not reused after a streamed body that was not read to its end', async () => {
    const { connections, server } = await serve((_seen, response) => response.end(content), host)
    const { body } = await exchangeStream(connections, get)
    body.destroy()
    expect((await buffer((await exchangeStream(connections, get)).body)).equals(content)).toBe(true)
    expect(server.connections()).toBe(2)
  })

  it('a streamed request is sent again when a kept connection was closed before it', async () => {
    const { connections, server } = await serve((_seen, response) => response.end('text'), host)
    expect(await text((await exchangeStream(connections, get)).body)).toBe('text')
    server.cut()
    expect(await text((await exchangeStream(connections, get)).body)).toBe('text')
  })

  it('a streamed upload fails with the error of its source', async () => {
    const { connections } = await serve((_seen, response) => response.end(), host)
    const body = Readable.from(
      (async function* () {
        yield 'half'
        throw new Error('the disk cannot be read')
      })(),
    )
    await expect(exchange(connections, { ...get, method: 'PUT', body })).rejects.toThrow('the disk cannot be read')
  })
})

it.each([
  ['a whole answer', exchange],
  ['a streamed answer', exchangeStream],
])('an error of the source while the connection is made ends the request for %s', async (_, ask) => {
  const { connections } = await serve((_seen, response) => response.end())
  const body = new PassThrough()
  body.write('half')
  const answer = ask(connections, { ...get, method: 'POST', body })
  body.destroy(new Error('the source is gone'))
  await expect(answer).rejects.toThrow('the source is gone')
})
