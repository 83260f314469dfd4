import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { KadmError } from '../../errors/kadm-error.ts'

/** Detects the end of a connection, so that nothing waits for an answer that cannot come. */
export interface Link {
  /** The name of the host for messages. */
  readonly name: string
  /** Returns the task's result. Throws HOST_UNREACHABLE, which names `what`, as soon as the connection is lost. */
  during<T>(what: string, task: () => Promise<T>): Promise<T>
  lost(what: string, why?: string): KadmError
  /** Calls back when the connection is lost. */
  onLost(callback: (why: string) => void): void
  /** Ends the connection with a reason. */
  cut(why: string): void
}

export interface LinkOptions {
  /** For messages. */
  readonly name: string
  /** A peer that sends nothing for the interval is probed; after `count` more intervals the connection is lost. */
  readonly alive: { readonly intervalMs: number; readonly count: number }
}

/** Watches a connection. `stream` is its transport; `client` probes the peer. */
export function watchLink(client: Client, stream: Duplex, { name, alive }: LinkOptions): Link {
  const pending = new Set<() => void>()
  const listeners = new Set<(why: string) => void>()
  let cause: Error | undefined
  let closed = false
  const why = () => cause?.message ?? 'it was closed'
  const end = () => {
    if (closed) return
    closed = true
    clearInterval(timer)
    for (const fail of pending) fail()
    for (const listener of listeners) listener(why())
  }
  const cut = (reason: string) => {
    cause ??= new Error(reason)
    client.destroy()
    // A stream through another connection may never report its end.
    end()
  }
  const timer = watchSilence(stream, alive, cut)
  client.on('error', error => {
    cause ??= error
  })
  client.once('close', end)
  const lost = (what: string, reason = why()) =>
    new KadmError('HOST_UNREACHABLE', `lost the connection to ${name} during ${what}: ${reason}`, {
      hint: `the command may still be running on ${name}; run again when the host is reachable`,
      cause,
    })
  return {
    name,
    lost,
    cut,
    onLost: callback => void (closed ? callback(why()) : listeners.add(callback)),
    async during(what, task) {
      if (closed) throw lost(what)
      let fail = () => {}
      const gone = new Promise<never>((_, reject) => {
        fail = () => reject(lost(what))
      })
      pending.add(fail)
      try {
        return await Promise.race([task(), gone])
      } finally {
        pending.delete(fail)
      }
    },
  }
}

/** Any data is a sign of life: on a slow line an answer may be queued for long. */
function watchSilence(stream: Duplex, { intervalMs, count }: LinkOptions['alive'], cut: (why: string) => void) {
  let heard = true
  let misses = 0
  stream.on('data', () => {
    heard = true
  })
  const timer = setInterval(() => {
    misses = heard ? 0 : misses + 1
    heard = false
    if (misses > count) cut(`no answer for ${((misses * intervalMs) / 1000).toFixed()}s`)
  }, intervalMs)
  return timer.unref()
}
