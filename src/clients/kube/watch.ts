import type { Readable } from 'node:stream'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { StreamedAnswer } from '../https/exchange.ts'
import { refused } from './failure.ts'

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: KubeObject
}

/** Passes the objects of a watch to `see` until it returns a value or the server ends the watch. Throws API_REFUSED. */
export async function seeEvents<T>(
  what: string,
  { status, body }: StreamedAnswer,
  see: (object: KubeObject) => T | undefined,
): Promise<T | undefined> {
  if (status !== 200) {
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk as Uint8Array)
    throw refused(what, { status, body: Buffer.concat(chunks).toString() })
  }
  try {
    for await (const line of linesOf(body)) {
      const { type, object } = JSON.parse(line) as WatchEvent
      const value = type === 'ADDED' || type === 'MODIFIED' ? see(object) : undefined
      if (value !== undefined) return value
    }
    return undefined
  } finally {
    body.destroy()
  }
}

async function* linesOf(body: Readable): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of body.setEncoding('utf8')) {
    const lines = `${rest}${chunk as string}`.split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter(line => line !== '')
  }
}
