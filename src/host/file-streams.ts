import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { checksummed, counter, type Digest } from '../cluster/checksum.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { CommandOptions, Output, StreamSpec } from './host.ts'
import { readStreamScript, writeScript } from './scripts.ts'
import { tempName } from './temp-name.ts'

/** Runs a script on a path; undefined if the path does not exist. */
export type Script = (
  verb: string,
  path: string,
  text: string,
  args?: readonly string[],
  io?: Pick<CommandOptions, 'stdin' | 'onStdout' | 'signal'>,
) => Promise<Output | undefined>

/** Copies a file to a sink as fast as the sink accepts it, and compares the checksum with the host's. */
export async function readStream(script: Script, path: string, sink: Writable): Promise<Digest | undefined> {
  const count = counter()
  const broken = new AbortController()
  sink.on('error', cause => broken.abort(stopped(path, cause)))
  const onStdout = (chunk: Uint8Array) => {
    count.add(chunk)
    if (sink.write(chunk) || sink.destroyed) return
    // A sink that fails never drains: the signal then ends the command.
    return once(sink, 'drain', { signal: broken.signal }).then(
      () => undefined,
      () => undefined,
    )
  }
  try {
    const output = await script('read', path, readStreamScript, [], { onStdout, signal: broken.signal })
    const digest = count.digest()
    const there = /([0-9a-f]{64})\s+-\s*$/.exec(output?.stderr ?? '')?.[1]
    if (output !== undefined && there !== digest.sha256) throw changed(path)
    sink.end()
    await finished(sink, { readable: false })
    return output === undefined ? undefined : digest
  } catch (error) {
    sink.destroy()
    throw broken.signal.aborted ? broken.signal.reason : error
  }
}

function stopped(path: string, cause: Error): KadmError {
  return new KadmError('HOST_FILE', `the content of ${path} cannot be passed on: ${cause.message}`, { cause })
}

function changed(path: string): KadmError {
  return new KadmError('HOST_FILE', `${path} was changed while it was read, or its content was changed on its way`, {
    hint: 'run the same command again once nothing writes the file',
  })
}

/** Writes a file from a stream. The host compares the checksum before it replaces the old file. */
export async function writeStream(script: Script, file: StreamSpec): Promise<Digest> {
  const { stream, digest } = checksummed(file.source, file.path, file.sha256)
  const args = [(file.mode ?? 0o644).toString(8).padStart(4, '0'), file.owner ?? '', '', tempName()]
  await script('write', file.path, writeScript, args, { stdin: stream })
  return digest()
}
