import { isSecret, secret } from '../cluster/secret.ts'
import { textBytes } from './content.ts'
import type { FileSpec, Host, Text } from './host.ts'

/** What one verb changed on a machine. */
export interface HostChange {
  readonly kind: 'file' | 'dir' | 'remove' | 'exec'
  /** Path or command. */
  readonly what: string
  readonly before?: Text
  readonly after?: Text
}

/**
 * The same host, telling of each change once it is made. Make it for one step: it takes the bytes that the step read
 * from a file for what was there before. What a Secret replaces is told as a secret too.
 */
export function journaled(host: Host, record: (change: HostChange) => void): Host {
  const seen = new Map<string, Uint8Array | undefined>()
  return {
    name: host.name,
    query: (argv, opts) => host.query(argv, opts),
    stat: path => host.stat(path),
    list: dir => host.list(dir),
    connect: (target, opts) => host.connect(target, opts),
    async readFile(path) {
      const bytes = await host.readFile(path)
      seen.set(path, bytes)
      return bytes
    },
    async writeFile(file) {
      if (!('dir' in file) && !seen.has(file.path)) seen.set(file.path, await host.readFile(file.path))
      await host.writeFile(file)
      record(describeWrite(file, seen.get(file.path)))
      if (!('dir' in file)) seen.set(file.path, textBytes(file.content))
    },
    async remove(path) {
      if ((await host.stat(path)) === undefined) return
      await host.remove(path)
      // Files below a directory went with it.
      seen.clear()
      record({ kind: 'remove', what: path })
    },
    async exec(argv, opts) {
      await host.exec(argv, opts)
      seen.clear()
      record({ kind: 'exec', what: argv.join(' ') })
    },
  }
}

function describeWrite(file: FileSpec, before: Uint8Array | undefined): HostChange {
  if ('dir' in file) return { kind: 'dir', what: file.path }
  const change = { kind: 'file', what: file.path, after: file.content } as const
  if (before === undefined) return change
  return { ...change, before: isSecret(file.content) ? secret(new TextDecoder().decode(before)) : before }
}
