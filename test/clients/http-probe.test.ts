import { createServer as httpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { httpProbe } from '../../src/clients/http-probe.ts'
import { fakeHost } from '../../src/host/fake.ts'

let server: Server | undefined
afterEach(() => server?.close())

/** A host on which this server listens, and its address. */
async function machineWith(listening: Server) {
  server = listening
  await new Promise<void>(resolve => listening.listen(0, '127.0.0.1', () => resolve()))
  const { port } = listening.address() as AddressInfo
  const host = fakeHost({ name: 'cp1', connect: () => connect(port, '127.0.0.1') })
  return { host, url: new URL(`http://127.0.0.1:${port}/healthz`) }
}

describe('HTTP probe', () => {
  it('an HTTP probe returns status and body', async () => {
    const { host, url } = await machineWith(httpServer((_, answer) => answer.writeHead(200).end('ok')))
    expect(await httpProbe(host, url)).toEqual({ status: 200, body: 'ok' })
  })

  it.each<[string, Server, RegExp, number?]>([
    ['speaks another protocol', createServer(socket => socket.end('SSH-2.0-OpenSSH_10.0\r\n')), /Parse Error/],
    ['hangs up', createServer(socket => socket.destroy()), /hang up|ECONNRESET/],
    ['never answers', createServer(() => undefined), /timed out/, 300],
  ])('an HTTP probe explains why it fails when the server %s', async (_, listening, why, timeoutMs = 20_000) => {
    const { host, url } = await machineWith(listening)
    await expect(httpProbe(host, url, timeoutMs)).rejects.toMatchObject({
      code: 'HOST_CONNECT',
      message: expect.stringMatching(why),
      hint: expect.stringContaining(`sport = :${url.port}`),
    })
  })
})
