import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { given } from '../../cluster/given.ts'
import type { SshSettings } from './config/config.ts'

/** For a name with several addresses, the time in milliseconds before the next one is tried. */
const addressMs = 2500

/**
 * Connects to a host. Tries the next address if one refuses or is slow. Throws the error of the last attempt, or the
 * signal's reason.
 */
export async function dialTcp(settings: SshSettings, signal: AbortSignal | undefined): Promise<Socket> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(settings, signal)
    } catch (error) {
      signal?.throwIfAborted()
      if (attempt >= settings.connectionAttempts) throw error
      await sleep(1000, undefined, { ...given({ signal }) })
    }
  }
}

function once(settings: SshSettings, signal: AbortSignal | undefined): Promise<Socket> {
  const { host, port, family, localAddress, connectTimeoutMs } = settings
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const socket = connect({
      host,
      port,
      family,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: addressMs,
      ...given({ localAddress }),
    })
    const giveUp = (error: unknown) => {
      // Late errors of an abandoned connection have no handler.
      socket.on('error', () => {}).destroy()
      settle(() => reject(error))
    }
    const stop = () => giveUp(signal?.reason)
    const timer = setTimeout(() => giveUp(new Error(`no answer within ${connectTimeoutMs / 1000}s`)), connectTimeoutMs)
    const settle = (act: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      act()
    }
    signal?.addEventListener('abort', stop, { once: true })
    socket.once('error', error => giveUp(readable(error)))
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      // A command consists of a few small packets: buffering them would add 40 ms each way.
      socket.setNoDelay(true)
      settle(() => resolve(socket))
    })
  })
}

/** Several addresses cause several errors. */
function readable(error: Error): Error {
  return error instanceof AggregateError
    ? new Error(error.errors.map((one: Error) => one.message).join('; '), { cause: error })
    : error
}
