import { type Duplex, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { given } from '../cluster/given.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { callCommand, commandFailed } from './call.ts'
import { textBytes } from './content.ts'
import type { Argv, CommandOptions, ConnectedHost, ConnectTarget, HostReader, Output, Text } from './host.ts'
import { memoryFileError, memoryFiles } from './memory-files.ts'
import { takeStream, writeBytes } from './memory-streams.ts'
import { showTarget } from './target.ts'

export interface FakeCall {
  readonly argv: Argv
  readonly verb: 'query' | 'exec'
  readonly stdin?: Uint8Array
}

/** The result of a program: its exit code, output besides the default, or undefined if not installed. */
export type FakeAnswer = number | Partial<Output> | undefined

export interface FakeHostOptions {
  readonly name?: string
  readonly files?: Readonly<Record<string, Text>>
  /** Results by command line (`hostname`, `systemctl is-active kubelet`), or by a function. */
  readonly commands?:
    | Readonly<Record<string, FakeAnswer>>
    | ((call: FakeCall, host: HostReader) => FakeAnswer | Promise<FakeAnswer>)
  readonly connect?: (target: ConnectTarget) => Duplex | undefined
  readonly now?: () => Date
}

export interface FakeHost extends ConnectedHost {
  /** All commands that ran, including queries. */
  readonly calls: readonly FakeCall[]
}

/** A host in memory. Written files exist, and commands return what the test sets. */
export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const { name = 'fake', commands = {}, now = () => new Date() } = options
  const files = memoryFiles(now)
  for (const [path, content] of Object.entries(options.files ?? {})) files.write({ path, content })
  const calls: FakeCall[] = []
  const answer = async (call: FakeCall): Promise<Output> => {
    calls.push(call)
    const known = typeof commands === 'function' ? await commands(call, host) : commands[call.argv.join(' ')]
    if (known === undefined) return { code: 127, stdout: '', stderr: `${call.argv[0]}: not found\n` }
    return {
      code: typeof known === 'number' ? known : 0,
      stdout: '',
      stderr: '',
      ...(typeof known === 'object' ? known : {}),
    }
  }
  const run = async (verb: FakeCall['verb'], argv: Argv, { stdin, ...limits }: CommandOptions = {}) => {
    const bytes = await readStdin(stdin)
    const call = { argv, verb, ...given({ stdin: bytes }) }
    return callCommand(
      {
        run: (_, io) =>
          untilAborted(
            answer(call).then(output => poured(output, io?.onStdout)),
            io?.signal,
          ),
      },
      { command: '', what: argv.join(' '), ...limits },
    )
  }
  const host: FakeHost = {
    name,
    calls,
    query: async (argv, opts) => (await run('query', argv, opts)).output,
    async exec(argv, opts) {
      const { output, ms } = await run('exec', argv, opts)
      if (output.code !== 0) throw commandFailed(argv, output, ms)
    },
    readFile: async path => files.read(path),
    readStream: async (path, sink) => writeBytes(files.read(path), sink),
    stat: async path => files.stat(path),
    list: async dir => files.list(dir),
    writeFile: async file => files.write(file),
    writeStream: file => takeStream(file, files.write),
    async writePair(first, second) {
      if (files.stat(second.path)?.kind === 'dir') throw memoryFileError('write', second.path, 'is a directory')
      files.write(first)
      files.write(second)
    },
    remove: async path => files.remove(path),
    async connect(target) {
      const stream = options.connect?.(target)
      if (stream !== undefined) return stream
      throw new KadmError('HOST_CONNECT', `cannot connect to ${showTarget(target)} on ${name}: nothing listens`, {
        reason: 'refused',
      })
    },
    close: async () => {},
  }
  return host
}

function poured(output: Output, onStdout: CommandOptions['onStdout']): Output {
  if (onStdout === undefined) return output
  void onStdout(textBytes(output.stdout))
  return { ...output, stdout: '' }
}

async function readStdin(stdin: CommandOptions['stdin']): Promise<Uint8Array | undefined> {
  if (stdin === undefined) return undefined
  return stdin instanceof Readable ? buffer(stdin) : textBytes(stdin)
}

function untilAborted<T>(task: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return task
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    task.then(resolve, reject)
  })
}
