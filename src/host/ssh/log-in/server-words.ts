import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'

/** What a server says while one logs in: before it names itself, in banners, and in what PAM has it say. */
export interface ServerWords {
  /** All of it, without what would move a cursor; empty when it said nothing. */
  said(): string
}

const mostChars = 4000

/** Listens to a server that is being logged in to. */
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

/** The line by which a server names itself (RFC 4253, 4.2); all before it is for people. */
const names = /^SSH-\d/m
