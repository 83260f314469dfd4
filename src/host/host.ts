import type { Duplex, Readable, Writable } from 'node:stream'
import type { Digest } from '../cluster/checksum.ts'
import type { Secret } from '../cluster/secret.ts'

/** A command and its arguments. Secrets do not belong here: every user of the host can read argv. */
export type Argv = readonly [string, ...string[]]
export type Text = string | Uint8Array | Secret

export interface Output {
  readonly code: number
  readonly stdout: string
  /** Whole, however long. */
  readonly stderr: string
}

export interface Stat {
  readonly kind: 'file' | 'dir' | 'link' | 'other'
  /** Permission bits: 0o644. */
  readonly mode: number
  /** `user:group`, by name where the host knows one. */
  readonly owner: string
  readonly size: number
  readonly mtime: Date
}

export type FileSpec = {
  readonly path: string
  /** Permission bits. Default 0o644 for a file, 0o755 for a directory. */
  readonly mode?: number
  /** `user:group`; default root:root for a new file, unchanged for an existing one. */
  readonly owner?: string
} & ({ readonly content: Text } | { readonly dir: true })

/** A file whose content comes as a stream. */
export interface StreamSpec {
  readonly path: string
  readonly mode?: number
  readonly owner?: string
  readonly source: Readable
  /** What the content must have, in hex. */
  readonly sha256?: string
}

/** A TCP port or a unix socket, as the host sees it. */
export type ConnectTarget = { readonly host: string; readonly port: number } | { readonly socket: string }

export interface CommandOptions {
  readonly stdin?: Text | Readable
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /**
   * Takes stdout as raw bytes, as it comes; it is then missing from the output. A promise holds back what comes next
   * until it is settled.
   */
  readonly onStdout?: (chunk: Uint8Array) => void | Promise<void>
  /** What people would call it, for messages; default: the command line. */
  readonly what?: string
  /** It runs for as long as the connection lives: nothing waits for its end. */
  readonly lasting?: boolean
}

/** What a command brings about: a dry run, which does not run it, takes it for done. */
export interface Outcome {
  /** Files that are there from then on, if they were not; without a content it is not read. */
  readonly files?: readonly { readonly path: string; readonly content?: Text }[]
  /** What queries print from then on; `at` is when the command ran, on the clock of the files' mtimes. */
  readonly answers?: readonly { readonly argv: Argv; readonly stdout: (at: Date) => string }[]
}

/** Reads a host; never changes it. */
export interface HostReader {
  /** How people know the host: node name or address. */
  readonly name: string
  /** `[user@]address[:port]` exactly as the operator gave it; absent for the host that kadm runs on. */
  readonly spec?: string
  /**
   * Runs a program that changes nothing and gives its output whatever the exit code; 127 when it does not exist.
   * No shell reads argv, so its builtins (`command`, `ulimit`) are not there. Locale C.
   */
  query(argv: Argv, opts?: CommandOptions): Promise<Output>
  /** undefined when the file does not exist. */
  readFile(path: string): Promise<Uint8Array | undefined>
  /**
   * Pours a file into a sink and ends that, never holding all of it in memory; undefined when the file does not exist.
   * Throws HOST_FILE, and destroys the sink, when the host has another checksum than what arrived.
   */
  readStream(path: string, sink: Writable): Promise<Digest | undefined>
  /** Does not follow links; undefined when nothing is there. */
  stat(path: string): Promise<Stat | undefined>
  /** Names in a directory, sorted; empty when it does not exist. */
  list(dir: string): Promise<readonly string[]>
  /** A stream to a port or socket that the host can reach. Throws HOST_CONNECT when refused. */
  connect(target: ConnectTarget, opts?: { readonly signal?: AbortSignal }): Promise<Duplex>
}

/** One host. What changes it goes through these verbs. */
export interface Host extends HostReader {
  /** Atomic: temporary file beside it, fsync, mode and owner, rename. Makes missing parent directories (0755). */
  writeFile(file: FileSpec): Promise<void>
  /**
   * The same from a stream, never holding all of it in memory. The host compares the checksum of what arrived before the
   * file takes the place of the old one. Throws HOST_FILE when that differs, or is not the wanted one.
   */
  writeStream(file: StreamSpec): Promise<Digest>
  /** Removes a file or a directory with all in it; nothing there is fine. */
  remove(path: string): Promise<void>
  /** Runs a command that changes something; throws COMMAND_FAILED with the whole stderr when it exits non-zero. */
  exec(argv: Argv, opts?: CommandOptions & { readonly outcome?: Outcome }): Promise<void>
}

/** A host with its connection; close it when the run ends. */
export interface ConnectedHost extends Host {
  close(): Promise<void>
}

export interface RunOptions {
  /** What people would call the command, for messages. */
  readonly what?: string
  readonly stdin?: Readable
  readonly signal?: AbortSignal
  /** Takes stdout as raw bytes, holding it back with a promise; it is then missing from the output. */
  readonly onStdout?: (chunk: Uint8Array) => void | Promise<void>
  /** It runs for as long as the connection lives: nothing waits for its end. */
  readonly lasting?: boolean
}

/** All that a new connector implements; files, sudo and redaction are built on top of it. */
export interface Transport {
  /**
   * Runs POSIX shell on the host and gives its output whatever the exit code (128 + n for a signal). An aborted
   * signal kills what runs, then rejects with the signal's reason. Throws HOST_UNREACHABLE when the connection is lost.
   */
  run(command: string, io?: RunOptions): Promise<Output>
  connect(target: ConnectTarget, opts?: { readonly signal?: AbortSignal }): Promise<Duplex>
  close(): Promise<void>
}
