import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { batchedReads } from '../../src/host/batched-reads.ts'
import { connectLocal } from '../../src/host/connect-local.ts'
import { fakeHost } from '../../src/host/fake.ts'
import type { ConnectedHost, ConnectTarget } from '../../src/host/host.ts'
import { localTransport } from '../../src/host/local/transport.ts'
import { keptBytes, recordedHost } from '../../src/host/recorded.ts'
import { shellHost } from '../../src/host/shell-host.ts'
import { hostContract, type Machine, programs } from './hosts.ts'
import { realHostContract } from './real-hosts.ts'

const key = (argv: readonly (string | number)[]) => argv.join(' ')

async function fakeMachine(): Promise<Machine> {
  const echoes = [{ host: '127.0.0.1', port: 7 }, { socket: '/run/echo.sock' }] as const
  const host = fakeHost({
    commands({ argv, stdin = new Uint8Array() }) {
      if (key(argv) === key(programs.fails)) return { code: 3, stdout: 'out\n', stderr: 'err\n' }
      if (key(argv) === key(programs.loud)) return { code: 1, stderr: 'e'.repeat(1_000_000) }
      if (key(argv) === key(programs.echo)) return { stdout: Buffer.from(stdin).toString() }
      return key(argv) === key(programs.endless) ? new Promise(() => {}) : undefined
    },
    connect: target =>
      echoes.some(echo => key(Object.values(echo)) === key(Object.values(target))) ? new PassThrough() : undefined,
  })
  return { host, dir: '/scratch', echoes, closed: { host: '127.0.0.1', port: 1 }, stop: async () => {} }
}

async function localMachine(connect: () => Promise<ConnectedHost> = connectLocal): Promise<Machine> {
  const dir = await mkdtemp(join(tmpdir(), 'kadm-host-'))
  const servers = [await echoServer({ port: 0, host: '127.0.0.1' }), await echoServer({ path: `${dir}.sock` })] as const
  const closed = await echoServer({ port: 0, host: '127.0.0.1' })
  await stop(closed)
  return {
    host: await connect(),
    dir,
    echoes: [servers[0].target, servers[1].target],
    closed: closed.target,
    async stop() {
      await Promise.all(servers.map(stop))
      await rm(dir, { recursive: true })
    },
  }
}

interface Echo {
  readonly server: Server
  readonly target: ConnectTarget
}

async function echoServer(at: { port: number; host: string } | { path: string }): Promise<Echo> {
  const server = createServer({ allowHalfOpen: true }, (socket: Socket) => socket.pipe(socket))
  await new Promise<void>(resolve => server.listen(at, resolve))
  const address = server.address()
  if (typeof address === 'string') return { server, target: { socket: address } }
  return { server, target: { host: '127.0.0.1', port: address?.port ?? 0 } }
}

function stop({ server }: Echo): Promise<void> {
  return new Promise(resolve => server.close(() => resolve()))
}

/** Commands and streams are those of the underlying host. */
async function recordedMachine(): Promise<Machine> {
  const machine = await fakeMachine()
  const { host } = machine
  const recorded = recordedHost(host, () => new Date())
  return { ...machine, host: { ...recorded, exec: host.exec, close: host.close } }
}

hostContract('a fake host', fakeMachine)
hostContract('a recorded host', recordedMachine, { readsBack: keptBytes })
hostContract('the local host', localMachine)
realHostContract('the local host, with real processes', localMachine)

/** The host of SSH connections on a transport without a network. */
const shell = async () => batchedReads(shellHost('shell', localTransport()), localTransport())
hostContract('a shell', () => localMachine(shell))
realHostContract('a shell, with real processes', () => localMachine(shell))
