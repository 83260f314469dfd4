import type { Duplex } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { KadmError } from '../errors/kadm-error.ts'
import type { Target } from './host.ts'
import { showTarget } from './target.ts'

export interface ForwardLimits {
  readonly signal?: AbortSignal | undefined
  /** sshd itself gives up as late as its kernel does: after two minutes. */
  readonly timeoutMs?: number
}

/** A stream to a port or socket as the login user reaches it. Throws HOST_CONNECT, or the signal's reason. */
export function forward(client: Client, name: string, target: Target, limits: ForwardLimits = {}): Promise<Duplex> {
  const { signal, timeoutMs } = limits
  return new Promise((resolve, reject) => {
    let givenUp = false
    const settle = (act: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      act()
    }
    const giveUp = (reason: unknown) => {
      givenUp = true
      settle(() => reject(reason))
    }
    const stop = () => giveUp(signal?.reason)
    const late = () => giveUp(refusal(new Error(`no answer within ${(timeoutMs ?? 0) / 1000}s`), name, target))
    const opened = (error: Error | undefined, channel: ClientChannel) => {
      // One that opens for nobody would stay open as long as the connection.
      if (givenUp) return void channel?.on('error', () => {}).destroy()
      settle(() => (error === undefined ? resolve(channel) : reject(refusal(error, name, target))))
    }
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs)
    if (signal?.aborted) return stop()
    signal?.addEventListener('abort', stop, { once: true })
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
