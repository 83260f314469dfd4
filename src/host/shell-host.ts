import { posix } from 'node:path'
import { KadmError } from '../errors/kadm-error.ts'
import { callCommand, commandFailed } from './call.ts'
import { textBytes, textStream } from './content.ts'
import { fileError } from './file-error.ts'
import { readStream, type Script, writeStream } from './file-streams.ts'
import type { Argv, CommandOptions, ConnectedHost, FileSpec, Output, PlainFile, Transport } from './host.ts'
import { decodeFileName, quote } from './quote.ts'
import * as scripts from './scripts.ts'
import { parseStat } from './stat.ts'
import { tempName } from './temp-name.ts'

/** Directories in addition to the login's PATH, which may have no sbin directories. */
export const environment = 'export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\n'

/** A host over any transport. Each verb is one command, so one round trip, and runs the same bytes everywhere. */
export function shellHost(name: string, transport: Transport): ConnectedHost {
  const command = (argv: Argv, opts: CommandOptions = {}) =>
    callCommand(transport, { command: `${environment}exec ${quote(argv)}`, what: argv.join(' '), ...opts })
  const script: Script = (verb, path, text, args = [], io = {}) =>
    runScript(transport, name, { verb, path: checkPath(path), text, args, ...io })

  return {
    name,
    query: async (argv, opts) => (await command(argv, opts)).output,
    async exec(argv, opts) {
      const { output, ms } = await command(argv, opts)
      if (output.code !== 0) throw commandFailed(argv, output, ms)
    },
    async readFile(path) {
      const chunks: Uint8Array[] = []
      const output = await script('read', path, scripts.readScript, [], { onStdout: chunk => void chunks.push(chunk) })
      return output === undefined ? undefined : new Uint8Array(Buffer.concat(chunks))
    },
    readStream: (path, sink) => readStream(script, path, sink),
    writeStream: file => writeStream(script, file),
    async stat(path) {
      const output = await script('stat', path, scripts.statScript)
      return output === undefined ? undefined : parseStat(output.stdout)
    },
    async list(path) {
      const chunks: Uint8Array[] = []
      await script('list', path, scripts.listScript, [], { onStdout: chunk => void chunks.push(chunk) })
      return splitNames(Buffer.concat(chunks))
    },
    async writeFile(file) {
      if ('dir' in file) await script('make', file.path, scripts.mkdirScript, [octal(file.mode), file.owner ?? ''])
      else await writeContent(script, file, textBytes(file.content))
    },
    writePair: (first, second) => writePair(script, first, second),
    async remove(path) {
      if (checkPath(path) === '/') throw new KadmError('INTERNAL', 'the root directory must not be removed')
      await script('remove', path, scripts.removeScript)
    },
    connect: (target, opts) => transport.connect(target, opts),
    close: () => transport.close(),
  }
}

interface ScriptCall extends Pick<CommandOptions, 'stdin' | 'onStdout' | 'signal'> {
  readonly verb: string
  readonly path: string
  readonly text: string
  readonly args: readonly string[]
}

/** undefined if the path does not exist. Throws HOST_FILE for any other failure. */
async function runScript(transport: Transport, host: string, call: ScriptCall): Promise<Output | undefined> {
  const { verb, path, text, args, ...io } = call
  const command = `${environment}set -- ${quote([path, ...args])}\n${text}`
  const { output } = await callCommand(transport, { command, what: `${verb} ${path}`, ...io })
  if (output.code === 0) return output
  if (output.code === scripts.missing) return undefined
  throw fileError({ verb, path, host, reason: lastLine(output) }, { output: output.stderr })
}

async function writeContent(script: Script, file: FileSpec, bytes: Uint8Array): Promise<void> {
  const args = [octal(file.mode ?? 0o644), file.owner ?? '', String(bytes.length), tempName()]
  await script('write', file.path, scripts.writeScript, args, { stdin: textStream(bytes) })
}

async function writePair(script: Script, first: PlainFile, second: PlainFile): Promise<void> {
  const contents = [textBytes(first.content), textBytes(second.content)]
  const args = [first, second].flatMap(({ path, mode, owner }, i) => {
    const size = String(contents[i]?.length ?? 0)
    return [checkPath(path), octal(mode ?? 0o644), owner ?? '', size, tempName()]
  })
  const stdin = textStream(Buffer.concat(contents))
  await script('write', first.path, scripts.writePairScript, [...args.slice(1), tempName()], { stdin })
}

/** Throws HOST_FILE for a path that is not absolute: a file on the host contained it. */
export function checkPath(path: string): string {
  if (!path.startsWith('/')) {
    const hint = 'use an absolute path, such as /etc/kubernetes'
    throw new KadmError('HOST_FILE', `the path ${path === '' ? '""' : path} is not absolute`, { hint })
  }
  const normal = posix.normalize(path)
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal
}

/** Splits names that each end in a slash, and sorts them. */
export function splitNames(bytes: Buffer): readonly string[] {
  const names: string[] = []
  for (let at = 0, end = bytes.indexOf('/'); end !== -1; at = end + 1, end = bytes.indexOf('/', at))
    names.push(decodeFileName(bytes.subarray(at, end)))
  return names.sort()
}

function octal(mode: number | undefined): string {
  return mode === undefined ? '' : mode.toString(8).padStart(4, '0')
}

/** Tools print the cause last; a script without output only has its exit code. */
function lastLine(output: Output): string {
  return output.stderr.trimEnd().split('\n').at(-1) || `exit code ${output.code}`
}
