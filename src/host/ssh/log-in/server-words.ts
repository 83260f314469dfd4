import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'

/** The text of a server during a login: before its identification, in banners, and from PAM. */
export interface ServerWords {
  /** Returns all of it, without control characters; empty if there is none. */
  said(): string
}

const mostChars = 4000

/** Collects the text of a server during a login. */
export function serverWords(client: Client, stream: Duplex): ServerWords {
  const banners: string[] = []
  client.on('banner', text => void banners.push(text))
  let first = ''
  const read = (bytes: Uint8Array) => {
    first += Buffer.from(bytes).toString('latin1')
    if (first.length > mostChars || names.test(first)) stream.off('data', read)
  }
  stream.on('data', read)
  return {
    said() {
      const greeting = first.split(names, 1)[0] ?? ''
      const lines = [greeting, ...banners].join('\n').split(/\r?\n/)
      const shown = lines.map(line => line.replace(/\p{C}/gu, ' ').trimEnd())
      return shown
        .filter(line => line !== '')
        .join('\n')
        .slice(0, mostChars)
    },
  }
}

/** The identification line of a server (RFC 4253, 4.2); all lines before it are text. */
const names = /^SSH-\d/m
