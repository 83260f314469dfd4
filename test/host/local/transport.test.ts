import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { localTransport } from '../../../src/host/local/transport.ts'

const { connect } = localTransport()

describe('a local connection', () => {
  it('a local connection outlives the abort signal of its creation', async () => {
    const server = createServer(socket => socket.pipe(socket)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const stop = new AbortController()
    const { port } = server.address() as AddressInfo
    const stream = await connect({ host: '127.0.0.1', port }, { signal: stop.signal })
    stop.abort()
    stream.write('still there')
    expect(String((await once(stream, 'data'))[0])).toBe('still there')
    stream.destroy()
    server.close()
  })

  it('a local connection is aborted with the reason of the signal while it is being made', async () => {
    const stop = new AbortController()
    const making = connect({ host: '127.0.0.1', port: 1 }, { signal: stop.signal })
    stop.abort(new Error('no time left'))
    await expect(making).rejects.toThrow('no time left')
  })
})
