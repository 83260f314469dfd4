import { given } from '../cluster/given.ts'
import { isSecret, secret } from '../cluster/secret.ts'
import { textBytes } from './content.ts'
import type { FileSpec, Host, StreamSpec, Text } from './host.ts'

/** A change of one verb on a host. */
export interface HostChange {
  readonly kind: 'file' | 'dir' | 'remove' | 'exec'
  /** Path or command. */
  readonly what: string
  /** Permission bits of a file or directory, and the previous ones if they changed. */
  readonly mode?: number
  readonly modeBefore?: number
  readonly before?: Text
  readonly after?: Text
}

/**
 * Returns a host that records each change after it is made. Create one per step: bytes and modes that the step reads
 * are the previous content. What a Secret replaces is recorded as a secret too. Calls `keep` with the path of a file,
 * and its content if that was read, before its content or mode is changed.
 */
export function journaled(
  host: Host,
  record: (change: HostChange) => void,
  keep: (path: string, known?: Uint8Array) => Promise<void> = async () => undefined,
): Host {
  const seen = new Map<string, Uint8Array | undefined>()
  const modes = new Map<string, number | undefined>()
  const forget = () => {
    seen.clear()
    modes.clear()
  }
  const modeOf = async (path: string) => (modes.has(path) ? modes.get(path) : (await host.stat(path))?.mode)
  /** Reads and keeps what a write replaces. Returns the mode of the existing file or directory. */
  const look = async (file: FileSpec): Promise<number | undefined> => {
    const { path } = file
    if ('dir' in file) return modeOf(path)
    if (!seen.has(path)) seen.set(path, await host.readFile(path))
    const before = seen.get(path)
    if (before === undefined) return undefined
    const [mode] = await Promise.all([modeOf(path), keep(path, before)])
    return mode
  }
  const note = (file: FileSpec, found: number | undefined) => {
    const { path } = file
    record(describeWrite(file, seen.get(path), found))
    if (!('dir' in file)) seen.set(path, textBytes(file.content))
    modes.set(path, modeWritten(file, found))
  }
  return {
    name: host.name,
    ...given({ spec: host.spec }),
    query: (argv, opts) => host.query(argv, opts),
    async stat(path) {
      const found = await host.stat(path)
      modes.set(path, found?.mode)
      return found
    },
    list: dir => host.list(dir),
    connect: (target, opts) => host.connect(target, opts),
    async readFile(path) {
      const bytes = await host.readFile(path)
      seen.set(path, bytes)
      return bytes
    },
    readStream: (path, sink) => host.readStream(path, sink),
    async writeStream(file) {
      const { path } = file
      const mode = await modeOf(path)
      if (mode !== undefined) await keep(path)
      const digest = await host.writeStream(file)
      // The checksum of the content is recorded.
      record({ ...describeModes('file', file, mode), after: `${digest.size} bytes, SHA-256 ${digest.sha256}\n` })
      seen.delete(path)
      modes.set(path, file.mode ?? 0o644)
      return digest
    },
    async writeFile(file) {
      const found = await look(file)
      await host.writeFile(file)
      note(file, found)
    },
    async writePair(first, second) {
      const found = await Promise.all([look(first), look(second)])
      await host.writePair(first, second)
      note(first, found[0])
      note(second, found[1])
    },
    async remove(path) {
      if ((await host.stat(path)) === undefined) return
      await host.remove(path)
      // Files below a removed directory are removed with it.
      forget()
      record({ kind: 'remove', what: path })
    },
    async exec(argv, opts) {
      await host.exec(argv, opts)
      forget()
      record({ kind: 'exec', what: argv.join(' ') })
    },
  }
}

function describeWrite(file: FileSpec, before: Uint8Array | undefined, found: number | undefined): HostChange {
  if ('dir' in file) return describeModes('dir', file, found)
  const change = { ...describeModes('file', file, found), after: file.content }
  if (before === undefined) return change
  return { ...change, before: isSecret(file.content) ? secret(new TextDecoder().decode(before)) : before }
}

function describeModes(kind: 'file' | 'dir', file: FileSpec | StreamSpec, found: number | undefined): HostChange {
  const mode = modeWritten(file, found)
  return { kind, what: file.path, mode, ...(found === undefined || found === mode ? {} : { modeBefore: found }) }
}

/** Returns the mode of a file or directory that is written without a mode. */
function modeWritten(file: FileSpec | StreamSpec, found: number | undefined): number {
  return file.mode ?? ('dir' in file ? (found ?? 0o755) : 0o644)
}
