import type { Duplex, Readable, Writable } from 'node:stream'
import type { Digest } from '../cluster/checksum.ts'
import type { Secret } from '../cluster/secret.ts'

/** A command and its arguments. Never pass secrets: every user of the host can read argv. */
export type Argv = readonly [string, ...string[]]
export type Text = string | Uint8Array | Secret

export interface Output {
  readonly code: number
  readonly stdout: string
  /** Complete, of any length. */
  readonly stderr: string
}

export interface Stat {
  readonly kind: 'file' | 'dir' | 'link' | 'other'
  /** Permission bits: 0o644. */
  readonly mode: number
  /** `user:group`, by name if the host has one. */
  readonly owner: string
  readonly size: number
  readonly mtime: Date
  /** When its content, mode, owner or name last changed; a copy does not keep it. */
  readonly ctime: Date
}

export type FileSpec = {
  readonly path: string
  /** Permission bits. Default 0o644 for a file, 0o755 for a directory. */
  readonly mode?: number
  /** `user:group`. Default: root:root for a new file, unchanged for an existing one. */
  readonly owner?: string
} & ({ readonly content: Text } | { readonly dir: true })

/** A file with its content. */
export type PlainFile = Exclude<FileSpec, { readonly dir: true }>

/** A file with streamed content. */
export interface StreamSpec {
  readonly path: string
  readonly mode?: number
  readonly owner?: string
  readonly source: Readable
  /** The expected checksum of the content, in hex. */
  readonly sha256?: string
}

/** A TCP port or a unix socket, as seen from the host. */
export type ConnectTarget = { readonly host: string; readonly port: number } | { readonly socket: string }

export interface CommandOptions {
  readonly stdin?: Text | Readable
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Receives stdout as raw bytes, which are then missing from the output. A returned promise delays the next chunk. */
  readonly onStdout?: (chunk: Uint8Array) => void | Promise<void>
  /** The name of the command for messages. Default: the command line. */
  readonly what?: string
  /** It runs while the connection is open: nothing waits for its end. */
  readonly lasting?: boolean
}

/** The effect of a command. A dry run does not run the command and assumes the effect. */
export interface Outcome {
  /** Files that exist afterwards, if they did not before; a file without content is not read. */
  readonly files?: readonly { readonly path: string; readonly content?: Text }[]
  /** What queries print afterwards; `at` is when the command ran, by the clock of the files' mtimes. */
  readonly answers?: readonly { readonly argv: Argv; readonly stdout: (at: Date) => string }[]
}

/** Reads a host and never changes it. */
export interface HostReader {
  /** The name of the host for display: node name or address. */
  readonly name: string
  /** `[user@]address[:port]` as given by the operator; absent for the host that kadm runs on. */
  readonly spec?: string
  /**
   * Runs a program that changes nothing and returns its output with any exit code; 127 if it does not exist. No shell
   * reads argv, so that builtins (`command`, `ulimit`) are not available. Locale C.
   */
  query(argv: Argv, opts?: CommandOptions): Promise<Output>
  /** undefined if the file does not exist. */
  readFile(path: string): Promise<Uint8Array | undefined>
  /**
   * Copies a file to a sink and ends the sink, without holding the content in memory; undefined if the file does not
   * exist. Throws HOST_FILE, and destroys the sink, if the checksum of the received content differs from the host's.
   */
  readStream(path: string, sink: Writable): Promise<Digest | undefined>
  /** Does not follow links; undefined if nothing exists there. */
  stat(path: string): Promise<Stat | undefined>
  /** Returns the names in a directory, sorted; empty if it does not exist. */
  list(dir: string): Promise<readonly string[]>
  /** Opens a stream to a port or socket that the host can reach. Throws HOST_CONNECT if the connection is refused. */
  connect(target: ConnectTarget, opts?: { readonly signal?: AbortSignal }): Promise<Duplex>
}

/** One host. All changes of it go through these verbs. */
export interface Host extends HostReader {
  /** Atomic: temporary file in the same directory, fsync, mode and owner, rename. Creates missing parents (0755). */
  writeFile(file: FileSpec): Promise<void>
  /**
   * Replaces two files that belong together, such as a key and its certificate. Both are complete and synced next to the
   * old ones before the first is renamed, and one command renames both, also if the connection is lost meanwhile. If the
   * second cannot be replaced, the first gets its old content back. Only a crash of the host between the two renames
   * leaves one of them replaced.
   */
  writePair(first: PlainFile, second: PlainFile): Promise<void>
  /**
   * Like writeFile from a stream, without holding the content in memory. The host compares the checksum of the received
   * content before it replaces the old file. Throws HOST_FILE if that differs, or is not the expected one.
   */
  writeStream(file: StreamSpec): Promise<Digest>
  /** Removes a file or a directory with its content; a missing path is not an error. */
  remove(path: string): Promise<void>
  /** Runs a command that changes something. Throws COMMAND_FAILED with the complete stderr if it exits non-zero. */
  exec(argv: Argv, opts?: CommandOptions & { readonly outcome?: Outcome }): Promise<void>
}

/** A host with its connection. Close it at the end of the run. */
export interface ConnectedHost extends Host {
  close(): Promise<void>
}

export interface RunOptions {
  /** The name of the command for messages. */
  readonly what?: string
  readonly stdin?: Readable
  readonly signal?: AbortSignal
  /** Receives stdout as raw bytes, with a promise to delay the next chunk; they are then missing from the output. */
  readonly onStdout?: (chunk: Uint8Array) => void | Promise<void>
  /** It runs while the connection is open: nothing waits for its end. */
  readonly lasting?: boolean
}

/** What a new connector implements. Files, sudo and redaction are built on top of it. */
export interface Transport {
  /**
   * Runs POSIX shell on the host and returns its output with any exit code (128 + n for a signal). An aborted signal
   * kills the command, then rejects with the signal's reason. Throws HOST_UNREACHABLE if the connection is lost.
   */
  run(command: string, io?: RunOptions): Promise<Output>
  connect(target: ConnectTarget, opts?: { readonly signal?: AbortSignal }): Promise<Duplex>
  close(): Promise<void>
}
