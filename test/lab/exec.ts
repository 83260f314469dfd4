import { type SpawnOptions, spawn } from 'node:child_process'

/** The result of a command: its exit code (128 + signal number if it was killed) and its output as UTF-8. */
export interface CommandResult {
  code: number
  stdout: string
  stderr: string
}

export interface ExecOptions {
  /** Text or bytes for standard input; without it the command reads end-of-file at once. */
  stdin?: string | Uint8Array
  /** Milliseconds until the command's whole process group is killed; none without it. */
  timeoutMs?: number
  /** Throw when the exit code is not 0 (default), or return the code. */
  check?: boolean
  env?: Record<string, string | undefined>
  cwd?: string
}

/** A command that failed or timed out; `result` contains its output until then. */
class CommandError extends Error {
  readonly result: CommandResult
  constructor(message: string, result: CommandResult) {
    super(message)
    this.name = 'CommandError'
    this.result = result
  }
}

/**
 * Runs a program on this host in its own process group.
 * @throws CommandError on a non-zero exit (unless `check` is false) and on a timeout.
 */
export function exec(file: string, args: readonly string[], options: ExecOptions = {}): Promise<CommandResult> {
  const spawnOptions: SpawnOptions = { stdio: ['pipe', 'pipe', 'pipe'], detached: true }
  if (options.env) spawnOptions.env = options.env
  if (options.cwd) spawnOptions.cwd = options.cwd
  const shown = [file, ...args].join(' ')
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, spawnOptions)
    const out: Buffer[] = []
    const err: Buffer[] = []
    let timedOut = false
    const timer = options.timeoutMs
      ? setTimeout(() => {
          timedOut = true
          killGroup(child.pid)
        }, options.timeoutMs)
      : undefined
    child.stdout?.on('data', chunk => out.push(chunk))
    child.stderr?.on('data', chunk => err.push(chunk))
    child.stdin?.on('error', () => {}) // a command may exit without reading its input
    child.stdin?.end(options.stdin ?? '')
    child.on('error', error => {
      clearTimeout(timer)
      reject(new Error(`cannot run ${file}: ${error.message}`))
    })
    child.on('close', (exitCode, signal) => {
      clearTimeout(timer)
      const code = exitCode ?? 128 + (signal === 'SIGKILL' ? 9 : 15)
      const result = { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }
      if (timedOut) reject(new CommandError(`no end after ${options.timeoutMs} ms: ${shown}${tail(result)}`, result))
      else if (code !== 0 && options.check !== false)
        reject(new CommandError(`exit code ${code}: ${shown}${tail(result)}`, result))
      else resolve(result)
    })
  })
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // it has just ended by itself
  }
}

function tail({ stdout, stderr }: CommandResult): string {
  const text = (stderr.trim() || stdout.trim()).split('\n').slice(-15).join('\n')
  return text ? `\n${text}` : ''
}
