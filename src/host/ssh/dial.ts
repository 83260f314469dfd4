import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { given } from '../../cluster/given.ts'
import type { SshSettings } from './config/config.ts'

/** When a name has several addresses, how long one may take before the next one is tried. */
const addressMs = 2500

/**
 * Connects to a host; of several addresses the next one is tried when one refuses or is slow. Throws what the last
 * attempt threw, or the signal's reason.
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
      // Late errors of a connection that is given up have no reader.
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
      // A command is a few small packets: holding them back for more would cost 40 ms each way.
      socket.setNoDelay(true)
      settle(() => resolve(socket))
    })
  })
}

/** Several addresses give several errors. */
function readable(error: Error): Error {
  return error instanceof AggregateError
    ? new Error(error.errors.map((one: Error) => one.message).join('; '), { cause: error })
    : error
}
