import type { Duplex } from 'node:stream'
import ssh2, { type Algorithms, type Client, type ConnectConfig } from 'ssh2'
import { given } from '../../cluster/given.ts'
import type { SshSettings } from './config/config.ts'
import type { Credentials } from './credentials.ts'
import { type Authentication, authentication } from './log-in/authentication.ts'
import { logInError, passwordExpired } from './log-in/error.ts'
import type { SshIdentity } from './log-in/identities.ts'
import { serverWords } from './log-in/server-words.ts'
import { type HostKnowledge, hostKeyAlgorithms, judgeHostKey } from './trust/host-key.ts'
import { wantedKeyTypes } from './trust/host-knowledge.ts'
import { watchdog } from './watchdog.ts'

export interface LogIn {
  readonly settings: SshSettings
  /** Opens a connection to the server; it is closed if authentication fails. */
  readonly dial: () => Promise<Duplex>
  readonly knowledge: HostKnowledge
  readonly identities: readonly SshIdentity[]
  /** Notes about keys for a failed authentication. */
  readonly notes: readonly string[]
  readonly credentials: Credentials
  readonly signal?: AbortSignal | undefined
}

export interface LoggedIn {
  readonly client: Client
  readonly stream: Duplex
  /** The known_hosts line of a new host key. */
  readonly newHostKey?: string
}

/** Timeout of authentication in milliseconds: sshd can wait for name servers and slow password hashes. */
const proofMs = 20_000

/** After a longer wait an operator was typing; a server that then disconnects has timed out (LoginGraceTime). */
const patienceMs = 2000

/**
 * Authenticates over SSH. Throws HOST_UNREACHABLE, HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_AUTH, or the signal's
 * reason. If the server disconnects while the operator types, the answer is used for a second try.
 */
export async function logIn(way: LogIn): Promise<LoggedIn> {
  const first = await attempt(way, await way.dial(), true)
  return first ?? ((await attempt(way, await way.dial(), false)) as LoggedIn)
}

/** undefined if another try is useful and allowed. */
function attempt(way: LogIn, stream: Duplex, mayRepeat: boolean): Promise<LoggedIn | undefined> {
  const { settings, signal } = way
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client()
    const words = serverWords(client, stream)
    let waitedMs = 0
    let waitingFor: Promise<unknown> | undefined
    const fail = (error: unknown) => {
      time.stop()
      signal?.removeEventListener('abort', stop)
      // Late errors of an abandoned connection have no handler.
      client.removeAllListeners().on('error', () => {})
      stream.on('error', () => {}).destroy()
      const reason = logInError(error, way, { ...proof, said: words.said() })
      const repeat = mayRepeat && reason.code === 'HOST_UNREACHABLE' && !signal?.aborted
      // The prompt stays on the terminal until it is answered; a new connection would wait for it too.
      if (repeat && waitingFor !== undefined) void waitingFor.catch(() => {}).then(() => resolve(undefined))
      else if (repeat && waitedMs > patienceMs) resolve(undefined)
      else reject(signal?.aborted ? signal.reason : reason)
    }
    const stop = () => fail(signal?.reason)
    let stage = 'the key exchange'
    const time = watchdog(() => fail(new Error(`timed out during ${stage}`)))
    const asking = async <T>(task: () => Promise<T>): Promise<T> => {
      const started = performance.now()
      const answer = time.during(task)
      waitingFor = answer
      return answer.finally(() => {
        waitingFor = undefined
        waitedMs += performance.now() - started
      })
    }
    const proof = authentication({ ...way, asking, fail })
    let newHostKey: string | undefined
    const judge = async (blob: Uint8Array, done: (valid: boolean) => void) => {
      newHostKey = await asking(() => judgeHostKey(way.knowledge, blob, way.credentials))
      done(true)
    }
    client.on('error', (error: Error & { level?: string }) => {
      // An agent that fails to sign does not prevent the use of other keys.
      if (error.level !== 'agent') fail(error)
    })
    client.once('close', () => fail(new Error(`it closed the connection during ${stage}`)))
    client.once('handshake', () => {
      stage = 'the log-in'
      time.allow(proofMs)
    })
    client.once('change password', () => fail(passwordExpired(settings)))
    client.once('ready', () => {
      time.stop()
      signal?.removeEventListener('abort', stop)
      // An error can occur before another listener is attached.
      client.removeAllListeners().on('error', () => {})
      resolve({ client, stream, ...given({ newHostKey }) })
    })
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) return stop()
    time.allow(settings.connectTimeoutMs)
    client.connect(connectConfig(way, stream, proof, (blob, done) => void judge(blob, done).catch(fail)))
  })
}

function connectConfig(
  { settings, knowledge }: LogIn,
  stream: Duplex,
  proof: Authentication,
  hostVerifier: (blob: Buffer, done: (valid: boolean) => void) => void,
): ConnectConfig {
  const { kex, cipher, mac, compress, hostKey } = settings.algorithms
  const serverHostKey = hostKeyAlgorithms(wantedKeyTypes(knowledge), hostKey)
  const algorithms = {
    kex: [...kex],
    cipher: [...cipher],
    hmac: [...mac],
    compress: [...compress],
    serverHostKey: [...serverHostKey],
  }
  return {
    sock: stream as NonNullable<ConnectConfig['sock']>,
    host: settings.host,
    port: settings.port,
    username: settings.user,
    // The watchdog sets time limits: they pause while the operator is prompted.
    readyTimeout: 0,
    // Only the probes; watchLink treats any data from the peer as a sign of life.
    keepaliveInterval: settings.alive.intervalMs,
    keepaliveCountMax: Number.POSITIVE_INFINITY,
    strictVendor: false,
    hostVerifier,
    algorithms: algorithms as Algorithms,
    authHandler: proof.handler,
  }
}
