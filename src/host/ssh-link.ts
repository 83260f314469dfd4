import type { Client } from 'ssh2'
import { KadmError } from '../errors/kadm-error.ts'

/** Notices the end of a connection, so that nothing waits for an answer which cannot come. */
export interface Link {
  /** The task's result; HOST_UNREACHABLE, naming `what`, as soon as the connection is gone. */
  during<T>(what: string, task: () => Promise<T>): Promise<T>
  lost(what: string, why?: string): KadmError
}

export function watchLink(client: Client, name: string): Link {
  const pending = new Set<() => void>()
  let cause: Error | undefined
  let closed = false
  client.on('error', error => {
    cause = error
  })
  client.once('close', () => {
    closed = true
    for (const fail of pending) fail()
  })
  const lost = (what: string, why = cause?.message ?? 'it was closed') =>
    new KadmError('HOST_UNREACHABLE', `lost the connection to ${name} during ${what}: ${why}`, {
      hint: `what ran may have ended or may still run on ${name}; run again once the machine can be reached`,
      ...(cause === undefined ? {} : { cause }),
    })
  return {
    lost,
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
