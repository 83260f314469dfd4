import ssh2, { type Algorithms, type Client, type ConnectConfig } from 'ssh2'
import { KadmError } from '../errors/kadm-error.ts'
import { knownKeyTypes } from './known-hosts.ts'
import type { SshSettings } from './ssh-config.ts'
import { appendKnownHost, readKnownHosts } from './ssh-files.ts'
import { hostKeyAlgorithms, judgeHostKey } from './ssh-host-key.ts'
import { type Identities, loadIdentities } from './ssh-identities.ts'

export interface LogIn {
  readonly settings: SshSettings
  readonly home: string
  readonly note?: (text: string) => void
  readonly signal?: AbortSignal
}

/**
 * Logs in over SSH. Throws HOST_UNREACHABLE, HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_AUTH, or the signal's reason.
 * A key that was accepted as new is in known_hosts by then.
 */
export async function logIn({ settings, home, note, signal }: LogIn): Promise<Client> {
  signal?.throwIfAborted()
  const files = [...settings.userKnownHosts, ...settings.globalKnownHosts]
  const [known, identities] = await Promise.all([readKnownHosts(files), loadIdentities(settings, home)])
  let refused: unknown
  let accepted: string | undefined
  const verify = (blob: Buffer): boolean => {
    try {
      accepted = judgeHostKey(settings, known, blob)
      return true
    } catch (error) {
      refused = error
      return false
    }
  }
  const types = knownKeyTypes(known, settings.knownAs, settings.port)
  const config = connectConfig(settings, identities, types, verify)
  const client = await open(config, signal).catch(error => {
    throw refused ?? explain(error, settings, identities)
  })
  const file = settings.userKnownHosts[0]
  if (accepted !== undefined && file !== undefined) {
    await appendKnownHost(file, accepted)
    note?.(`accepted the host key of ${settings.host} and added it to ${file}`)
  }
  return client
}

function connectConfig(
  settings: SshSettings,
  identities: Identities,
  knownTypes: readonly string[],
  hostVerifier: (key: Buffer) => boolean,
): ConnectConfig {
  return {
    host: settings.host,
    port: settings.port,
    username: settings.user,
    readyTimeout: settings.connectTimeoutMs,
    keepaliveInterval: 15_000,
    keepaliveCountMax: 2,
    strictVendor: false,
    hostVerifier,
    algorithms: { serverHostKey: [...hostKeyAlgorithms(knownTypes)] as NonNullable<Algorithms['serverHostKey']> },
    // `none` first: it asks the server what it takes, and lets in where nothing is needed.
    authHandler: [{ type: 'none', username: settings.user }, ...identities.methods],
  }
}

function open(config: ConnectConfig, signal: AbortSignal | undefined): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client()
    const stop = () => fail(signal?.reason)
    const fail = (error: unknown) => {
      signal?.removeEventListener('abort', stop)
      // Late errors of a connection that is given up have no reader.
      client.removeAllListeners('error').on('error', () => {})
      client.destroy()
      reject(error)
    }
    signal?.addEventListener('abort', stop, { once: true })
    client.once('error', fail)
    client.once('close', () => fail(new Error('the connection was closed')))
    client.once('ready', () => {
      signal?.removeEventListener('abort', stop)
      // An error may come before anybody else listens.
      client.removeAllListeners().on('error', () => {})
      resolve(client)
    })
    client.connect(config)
    // A command is a few small packets: holding them back for more would cost 40 ms each way.
    client.setNoDelay(true)
  })
}

function explain(error: Error & { level?: string }, settings: SshSettings, identities: Identities): unknown {
  if (error.name === 'AbortError' || error instanceof KadmError) return error
  const where = `${settings.user}@${settings.host}:${settings.port}`
  if (error.level === 'client-authentication') {
    const tried = identities.tried.length === 0 ? 'there was no key to offer' : `tried ${identities.tried.join(', ')}`
    const advice = `add a public key of yours to ~/.ssh/authorized_keys of ${settings.user} on ${settings.host}`
    const hint = [...identities.notes, advice].join('; ')
    return new KadmError('HOST_AUTH', `${where} does not let us in: ${tried}`, { hint, cause: error })
  }
  const why = error.level === 'client-timeout' ? `no answer within ${settings.connectTimeoutMs / 1000}s` : error.message
  const hint = `check that \`ssh ${settings.user}@${settings.host} -p ${settings.port} true\` works from here`
  return new KadmError('HOST_UNREACHABLE', `cannot reach ${where}: ${why}`, { hint, cause: error })
}
