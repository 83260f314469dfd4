import type { Duplex } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { type ErrorDetails, KadmError, type NoConnection } from '../../errors/kadm-error.ts'
import type { ConnectTarget } from '../host.ts'
import { showTarget } from '../target.ts'

export interface ForwardLimits {
  readonly signal?: AbortSignal | undefined
  /** sshd itself gives up when its kernel does: after two minutes. */
  readonly timeoutMs?: number
}

/**
 * Opens a stream to a port or socket as the login user. Throws HOST_CONNECT if the host answers that nothing listens
 * there, HOST_CHANNEL if sshd does not try, or the signal's reason.
 */
export function forward(
  client: Client,
  name: string,
  target: ConnectTarget,
  limits: ForwardLimits = {},
): Promise<Duplex> {
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
    const late = () => giveUp(silent(name, target, timeoutMs))
    const opened = (error: Error | undefined, channel: ClientChannel) => {
      // A channel without a reader would stay open as long as the connection.
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

/** Reason codes of channel open failures (RFC 4254, 5.1). */
const reasons = { prohibited: 1, unknownType: 3, shortage: 4 } as const

/** Returns the settings of sshd and authorized_keys that allow ports or sockets. */
export function allowing(target: ConnectTarget, name: string): string {
  const setting = 'socket' in target ? 'AllowStreamLocalForwarding yes, AllowTcpForwarding' : 'AllowTcpForwarding'
  return `in the sshd_config of ${name} set ${setting} yes, PermitOpen any and DisableForwarding no for this user (see Match blocks too), and reload sshd; in authorized_keys the key may not have restrict, no-port-forwarding or permitopen=`
}

/** The words in which SSH servers refuse a connection, most of them from the C library. Only this table reads them. */
const refusals: readonly (readonly [RegExp, NoConnection | 'prohibited'])[] = [
  [/prohibited|not allowed|not permitted|denied by|forbidden|disabled/i, 'prohibited'],
  [/refused/i, 'refused'],
  [/no route/i, 'no-route'],
  [/network is unreachable/i, 'no-network'],
  [/not known|name resolution|no address associated|does not resolve/i, 'no-name'],
  [/timed out/i, 'timed-out'],
  [/open failed$/i, 'unexplained'],
]

function refusal(error: Error & { reason?: unknown }, name: string, target: ConnectTarget): KadmError {
  const message = `cannot connect to ${showTarget(target)} on ${name}: ${error.message}`
  const over = (details: ErrorDetails) => new KadmError('HOST_CHANNEL', message, { cause: error, ...details })
  const reason = refusals.find(([words]) => words.test(error.message))?.[1]
  if (error.reason === reasons.prohibited || reason === 'prohibited') return over({ hint: allowing(target, name) })
  if (error.reason === reasons.unknownType)
    return over({ hint: `use OpenSSH's sshd on ${name}: this SSH server cannot forward connections` })
  if (error.reason === reasons.shortage)
    return over({ hint: `check why sshd on ${name} is slow, then run the same command again` })
  return new KadmError('HOST_CONNECT', message, { cause: error, reason })
}

function silent(name: string, target: ConnectTarget, timeoutMs = 0): KadmError {
  const message = `cannot connect to ${showTarget(target)} on ${name}: no answer within ${timeoutMs / 1000}s`
  return new KadmError('HOST_CONNECT', message, { reason: 'timed-out' })
}
