import { type ChildProcessWithoutNullStreams, type SpawnOptions, spawn } from 'node:child_process'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CommandResult } from '../lab/exec.ts'
import type { Bind, Lab, LabNode } from '../lab/lab.ts'
import { program, programBind, programOnNode } from '../lab/program.ts'

/** What a node needs to run kadm itself. */
export const kadmBinds: readonly Bind[] = [programBind]

/** The lab's nodes have cgroup v1, which fails the preflight check as in kubeadm. */
export const ignoring = ['--ignore-preflight-errors', 'SystemVerification'] as const

export interface Answer {
  readonly nodes?: readonly { readonly name: string }[]
  readonly changes: readonly { readonly phase: string; readonly kind: string; readonly what: string }[]
  readonly joinCommands: readonly { readonly role: string; readonly command: string }[]
  readonly tokens: readonly string[]
  readonly caCertHashes: readonly string[]
  readonly endpoint: string
  readonly seconds: number
  readonly certificateKey?: string
}

/** Runs kadm on the node itself. Throws with its output if it fails, unless `check` is false. */
export function kadmOn(node: LabNode, args: readonly string[], opts: { check?: boolean } = {}): Promise<CommandResult> {
  return node.run([programOnNode, ...args], { timeoutMs: 290_000, ...opts })
}

export interface Here {
  /** The directory with `.ssh` that replaces the operator's home. */
  readonly home: string
  /** Starts kadm, optionally under another program, and returns the process. */
  start(
    args: readonly string[],
    opts?: Pick<SpawnOptions, 'env' | 'signal'> & { readonly under?: readonly string[] },
  ): ChildProcessWithoutNullStreams
  run(
    args: readonly string[],
    opts?: {
      readonly signal?: AbortSignal
      readonly env?: Record<string, string>
      /** The arguments of a program that starts kadm. */
      readonly under?: readonly string[]
      /** Receives the process ID after the start. */
      readonly onStart?: (pid: number) => void
    },
  ): Promise<CommandResult>
}

/** kadm on this host with the lab's SSH settings and a home directory of its own, which is removed with the lab. */
export async function kadmHere(lab: Lab, settings?: string): Promise<Here> {
  const home = await mkdtemp(join(dirname(lab.sshKeyPath), 'home-'))
  await mkdir(join(home, '.ssh'), { mode: 0o700 })
  const usual = `Host *\n  IdentityFile ${lab.sshKeyPath}\n  UserKnownHostsFile ${lab.knownHostsPath}\n`
  await writeFile(join(home, '.ssh', 'config'), settings ?? usual, { mode: 0o600 })
  const start: Here['start'] = (args, { env, under = [], ...opts } = {}) => {
    const [file = '', ...rest] = [...under, program, ...args]
    return spawn(file, rest, { ...opts, env: { PATH: process.env.PATH ?? '', HOME: home, ...env } })
  }
  return {
    home,
    start,
    run: (args, { onStart, ...opts } = {}) =>
      new Promise((resolve, reject) => {
        const child = start(args, opts)
        if (child.pid !== undefined) onStart?.(child.pid)
        let stdout = ''
        let stderr = ''
        child.stdout.on('data', chunk => {
          stdout += chunk
        })
        child.stderr.on('data', chunk => {
          stderr += chunk
        })
        child.on('error', reject)
        child.on('close', code => resolve({ code: code ?? 128, stdout, stderr }))
      }),
  }
}

/** Runs kadm here and returns its JSON result. Throws with its output if it fails. */
export async function answerHere(here: Here, args: readonly string[]): Promise<Answer> {
  const { code, stdout, stderr } = await here.run([...args, '-o', 'json', '--progress', 'plain'])
  if (code !== 0) throw new Error(`kadm ${args.join(' ')} exited ${code}\n${stderr}`)
  return JSON.parse(stdout) as Answer
}

/** The same on a node. */
export async function answerOn(node: LabNode, args: readonly string[]): Promise<Answer> {
  const { stdout } = await kadmOn(node, [...args, '-o', 'json', '--progress', 'plain'])
  return JSON.parse(stdout) as Answer
}
