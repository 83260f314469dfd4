import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP load balancer of the lab, on the host's address in the lab's network. */
export interface Balancer {
  /** `10.77.1.1:6443`: for `controlPlaneEndpoint`. */
  readonly endpoint: string
  readonly port: number
  /** Connections go to these addresses from now on, in turn; a backend that refuses or hangs is skipped. */
  use(addresses: readonly string[]): void
  /** False refuses new connections and closes open ones; true accepts connections again. */
  serve(open: boolean): void
  close(): Promise<void>
}

const connectMs = 1000

/** Forwards `address:port` to the same port of the backends. Port 0 selects a free one. */
export async function startBalancer(address: string, port: number, backends: readonly string[]): Promise<Balancer> {
  let addresses = backends
  let serving = true
  let turn = 0
  const open = new Set<Socket>()

  async function forward(client: Socket): Promise<void> {
    open.add(client)
    client.on('close', () => open.delete(client))
    client.on('error', () => client.destroy())
    if (!serving) return void client.destroy()
    const first = turn++
    for (let i = 0; i < addresses.length; i++) {
      const server = await dial(addresses[(first + i) % addresses.length] ?? '', backendPort)
      if (server === undefined) continue
      server.on('error', () => client.destroy())
      server.on('close', () => client.destroy())
      client.on('close', () => server.destroy())
      client.pipe(server)
      server.pipe(client)
      return
    }
    client.destroy()
  }

  const server = createServer({ pauseOnConnect: false }, client => void forward(client))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  const backendPort = port === 0 ? 6443 : port
  return {
    endpoint: `${address}:${bound}`,
    port: bound,
    use(next) {
      addresses = next
    },
    serve(on) {
      serving = on
      if (!on) for (const socket of open) socket.destroy()
    },
    close() {
      for (const socket of open) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

function dial(address: string, port: number): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const socket = connect({ host: address, port })
    const fail = () => {
      socket.destroy()
      resolve(undefined)
    }
    socket.setTimeout(connectMs, fail)
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}
