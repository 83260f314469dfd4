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
  /** A fresh connection to the server; closed when logging in fails. */
  readonly dial: () => Promise<Duplex>
  readonly knowledge: HostKnowledge
  readonly identities: readonly SshIdentity[]
  /** What to say about keys when authentication fails. */
  readonly notes: readonly string[]
  readonly credentials: Credentials
  readonly signal?: AbortSignal | undefined
}

export interface LoggedIn {
  readonly client: Client
  readonly stream: Duplex
  /** Makes the host key known; it is new. */
  readonly newHostKey?: string
}

/** Proving who one is may take sshd a while: name servers, slow password hashes. */
const proofMs = 20_000

/** A longer wait means that a person was typing; a server that then hangs up lost its patience (LoginGraceTime). */
const patienceMs = 2000

/**
 * Logs in over SSH. Throws HOST_UNREACHABLE, HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_AUTH, or the signal's reason. When
 * the server hangs up while a person thinks, the answer is kept for a second try.
 */
export async function logIn(way: LogIn): Promise<LoggedIn> {
  const first = await attempt(way, await way.dial(), true)
  return first ?? ((await attempt(way, await way.dial(), false)) as LoggedIn)
}

/** undefined when it is worth another try and there may be one. */
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
      // Late errors of a connection that is given up have no reader.
      client.removeAllListeners().on('error', () => {})
      stream.on('error', () => {}).destroy()
      const reason = logInError(error, way, { ...proof, said: words.said() })
      const repeat = mayRepeat && reason.code === 'HOST_UNREACHABLE' && !signal?.aborted
      // The question stands on the terminal until it is answered; a new connection would be left waiting too.
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
      // An agent that does not sign leaves the other keys.
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
      // An error may come before another listener is attached.
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
    // Time limits are the watchdog's: they stand still while a person is asked.
    readyTimeout: 0,
    // Questions alone; any data from the peer proves that it is alive.
    keepaliveInterval: settings.alive.intervalMs,
    keepaliveCountMax: Number.POSITIVE_INFINITY,
    strictVendor: false,
    hostVerifier,
    algorithms: algorithms as Algorithms,
    authHandler: proof.handler,
  }
}
