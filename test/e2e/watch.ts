import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandResult, exec } from '../lab/exec.ts'
import { childrenOf, needPrograms } from '../lab/host.ts'
import { LabNode } from '../lab/lab.ts'
import { program, programOnNode } from '../lab/program.ts'
import type { Here } from './kadm.ts'
import { type Hidden, leaksIn, type Place, secretsIn, tokenSecrets } from './leaks.ts'

export interface WatchOptions {
  /** Hosts of the run. */
  readonly nodes: readonly LabNode[]
  /** Secrets that are in no file of the hosts: passwords, a certificate key. */
  readonly secrets?: readonly Hidden[]
  /** Secrets that the command exists to print: allowed only on its stdout. */
  readonly printed?: (stdout: string) => readonly string[]
}

export interface Watched extends CommandResult {
  /** Where a secret was found; empty if none was. */
  readonly leaks: readonly string[]
  /** How many secrets were searched. */
  readonly secrets: number
  /** Every program that was started by the command, or by sshd for it, with arguments and environment. */
  readonly started: string
}

interface RunOptions extends WatchOptions {
  readonly env?: Record<string, string>
  readonly stdin?: string
  readonly onStart?: (pid: number) => void
}

/** Runs kadm on a node or on this host, and searches for the secrets of the run wherever other users can read. */
export function watchedRun(at: LabNode | Here, args: readonly string[], options: RunOptions): Promise<Watched> {
  const { env, stdin, onStart, ...watch } = options
  if (at instanceof LabNode) {
    return watched(watch, under =>
      runUnder(under, at.enter([programOnNode, ...args]), stdin === undefined ? {} : { stdin }),
    )
  }
  const more = { ...(env === undefined ? {} : { env }), ...(onStart === undefined ? {} : { onStart }) }
  return watched({ ...watch, home: at.home }, under => at.run(args, { ...more, under }))
}

/** Runs a command line under another program. */
export function runUnder(under: readonly string[], command: readonly string[], options: { stdin?: string } = {}) {
  const [file = '', ...rest] = [...under, ...command]
  return exec(file, rest, { ...options, check: false, timeoutMs: 290_000 })
}

/** Traces the processes of a command (`under` starts it), and then searches for secrets in everything that it left. */
export async function watched(
  { nodes, secrets = [], printed = () => [], home }: WatchOptions & { readonly home?: string },
  act: (under: readonly string[]) => Promise<CommandResult>,
): Promise<Watched> {
  const dir = await mkdtemp(join(tmpdir(), 'watch-'))
  try {
    const tracer = await buildTracer(dir)
    const before = await Promise.all(nodes.map(secretsOf))
    const looks = await Promise.all(nodes.map(node => look(node, tracer, join(dir, `${node.name}.trace`))))
    const trace = join(dir, 'own.trace')
    const result = await act([tracer, trace])
    const seen = await Promise.all(looks.map(one => one.end()))
    const after = await Promise.all(nodes.map(secretsOf))
    const started = [await readFile(trace, 'utf8'), ...seen.map(one => one.started)].map(withoutKadm)
    const hidden = [...before.flat(), ...after.flat(), ...seen.flatMap(one => one.secrets), ...secrets]
    const allowed = printed(result.stdout)
    const stdout = allowed.reduce((text, value) => (value === '' ? text : text.replaceAll(value, '')), result.stdout)
    const places = [
      { where: 'stdout', text: stdout },
      { where: 'stderr', text: result.stderr },
      ...started.map((text, at) => ({
        where: `started by ${at === 0 ? 'the command' : `sshd of ${nodes[at - 1]?.name}`}`,
        text,
      })),
      ...seen.flatMap(one => one.places),
      ...(home === undefined
        ? []
        : await openFiles(script => exec('bash', ['-c', script], { check: false }), 'home', [home])),
    ]
    return { ...result, leaks: leaksIn(places, hidden), secrets: hidden.length, started: started.join('\n') }
  } finally {
    await rm(dir, { recursive: true })
  }
}

/** Builds the process tracer: see its source. */
async function buildTracer(dir: string): Promise<string> {
  await needPrograms('gcc')
  const program = join(dir, 'started')
  await exec('gcc', ['-D_GNU_SOURCE', '-o', program, join(import.meta.dirname, 'tracer', 'started.c')])
  return program
}

/** Removes the arguments and the environment that kadm itself was started with. */
function withoutKadm(trace: string): string {
  const programs = trace.split('\u0001')
  const isKadm = (started: string) => [program, programOnNode].some(path => started.split('\n').includes(path))
  return programs.filter(one => !isKadm(one.split('\u0002')[0] ?? '')).join('\n')
}

const scratch = '/dev/shm/kadm-watch'

/**
 * Watches a node from now on: programs that its sshd starts, and all processes, ten times a second and once at the end.
 */
async function look(node: LabNode, tracer: string, trace: string) {
  const { stdout: cursor } = await node.run(
    `mkdir -p ${scratch}; rm -f ${scratch}/*; touch ${scratch}/start; journalctl -q -n 0 --show-cursor | sed 's/^-- cursor: //'`,
  )
  const processes = `cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'`
  const shortLived = `cat /etc/kubernetes/bootstrap-kubelet.conf >> ${scratch}/secrets 2>/dev/null`
  const loop = `(while [ ! -e ${scratch}/enough ]; do ${processes}; ${shortLived}; sleep 0.1; done; ${processes}) | sort -u`
  const looping = node.run(loop, { timeoutMs: 290_000 })
  const tracing = await attach(tracer, sshdOf(node), trace)
  return {
    async end() {
      await node.run(`touch ${scratch}/enough`)
      await tracing.end()
      const journal = node
        .run(['journalctl', '--sync'], { check: false })
        .then(() => node.run(['journalctl', '-q', '-o', 'cat', `--after-cursor=${cursor.trim()}`], { check: false }))
      const places: readonly Place[] = [
        { where: `processes of ${node.name}`, text: (await looping).stdout },
        { where: `journal of ${node.name}`, text: (await journal).stdout },
        ...(await openFiles(
          script => node.run(script, { check: false }),
          node.name,
          written,
          `-newercm ${scratch}/start`,
        )),
      ]
      const caught = await node.run(`cat ${scratch}/secrets; rm -r ${scratch}`, { check: false })
      const secrets = secretsIn('bootstrap-kubelet.conf', caught.stdout)
      return { places, secrets, started: await readFile(trace, 'utf8') }
    },
  }
}

/** The process ID, on this host, of the node's sshd that accepts connections. */
function sshdOf(node: LabNode): number {
  const pid = childrenOf(node.pid).find(child => readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'sshd')
  if (pid === undefined) throw new Error(`node ${node.name} has no sshd`)
  return pid
}

/** Traces a running process; resolves when it is attached. */
async function attach(tracer: string, pid: number, trace: string) {
  const child = spawn(tracer, [trace, '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] })
  const closed = new Promise(resolve => child.once('close', resolve))
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => reject(new Error(`the tracer ended with ${code}`)))
    child.stderr.on('data', chunk => String(chunk).includes('attached') && resolve())
  })
  return {
    async end() {
      child.kill('SIGINT')
      await closed
    },
  }
}

/** Directories in which kadm and the kubelet write. */
const written = ['/etc', '/var/lib/kubelet', '/var/lib/kadm', '/run', '/tmp', '/root']

/** Files that users other than the owner can read, and the run logs. */
async function openFiles(
  shell: (script: string) => Promise<CommandResult>,
  name: string,
  dirs: readonly string[],
  newer = '',
): Promise<readonly Place[]> {
  const left = '\\( -path /run/log -o -path /var/lib/kubelet/pods \\) -prune'
  const open = "\\( -perm /044 -o -path '/var/lib/kadm/runs/*' \\)"
  const print = `-exec sh -c 'for f; do printf "\\001%s\\n" "$f"; cat "$f"; done' sh {} +`
  const { stdout } = await shell(
    `find ${dirs.join(' ')} -xdev ${left} -o -type f ${newer} ${open} -size -4096k ${print}`,
  )
  return parts(stdout).map(({ path, text }) => ({ where: `${name}: ${path}`, text }))
}

/** Splits the output of several files, each after its path. */
function parts(output: string): readonly { readonly path: string; readonly text: string }[] {
  return output
    .split('\u0001')
    .slice(1)
    .map(part => ({ path: part.slice(0, part.indexOf('\n')), text: part.slice(part.indexOf('\n') + 1) }))
}

/** The current secrets of a node: keys, keys in kubeconfigs, and the cluster's bootstrap tokens if it answers. */
export async function secretsOf(node: LabNode): Promise<readonly Hidden[]> {
  const keys = 'find /etc/kubernetes/pki /var/lib/kubelet/pki -name "*.key" -o -name "*.pem"'
  const files = `for f in $(${keys}) /etc/kubernetes/*.conf; do printf "\\001%s\\n" $f; cat $f; done`
  const list = '-n kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token'
  const fields = '{range .items[*]}{.data.token-id} {.data.token-secret}{"\\n"}{end}'
  const kubectl = `kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s ${list} -o jsonpath='${fields}'`
  const ask = `[ ! -e /etc/kubernetes/admin.conf ] || ${kubectl}`
  const { stdout } = await node.run(`{ ${files}; printf '\\001tokens\\n'; ${ask}; } 2>/dev/null`, { check: false })
  return parts(stdout).flatMap(({ path, text }) => (path === 'tokens' ? tokensOf(text) : secretsIn(path, text)))
}

function tokensOf(lines: string): readonly Hidden[] {
  const decoded = (word: string) => Buffer.from(word, 'base64').toString()
  return lines.split('\n').flatMap(line => tokenSecrets(line.split(' ').map(decoded).join('.')))
}
