import type { Duplex } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { KadmError } from '../errors/kadm-error.ts'
import type { Target } from './host.ts'
import { showTarget } from './target.ts'

/** A stream to a port or socket as the login user reaches it. Throws HOST_CONNECT, or the signal's reason. */
export function forward(client: Client, name: string, target: Target, signal?: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal?.reason)
    if (signal?.aborted) return stop()
    signal?.addEventListener('abort', stop, { once: true })
    const opened = (error: Error | undefined, channel: ClientChannel) => {
      signal?.removeEventListener('abort', stop)
      if (error !== undefined) return reject(refusal(error, name, target))
      if (signal?.aborted) channel.destroy()
      resolve(channel)
    }
    if ('socket' in target) client.openssh_forwardOutStreamLocal(target.socket, opened)
    else client.forwardOut('127.0.0.1', 0, target.host, target.port, opened)
  })
}

/** The reason by which sshd says that its configuration forbids forwarding (RFC 4254, 5.1). */
const prohibited = 1

function refusal(error: Error & { reason?: unknown }, name: string, target: Target): KadmError {
  const setting = 'socket' in target ? 'AllowStreamLocalForwarding' : 'AllowTcpForwarding'
  const hint = `allow it in the sshd_config of ${name}: ${setting} yes`
  const message = `cannot connect to ${showTarget(target)} on ${name}: ${error.message}`
  return new KadmError('HOST_CONNECT', message, { cause: error, ...(error.reason === prohibited ? { hint } : {}) })
}
