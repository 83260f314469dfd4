import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { ask, lines } from './questions.ts'

/** A process of Kubernetes or of one of its pods. */
export interface Process {
  readonly pid: number
  /** `kube-apiserver` */
  readonly program: string
  /** Its command line including the program. */
  readonly words: readonly string[]
  /** Environment variables that replace flags of etcd. */
  readonly env: ReadonlyMap<string, string>
  /** True if it belongs to a pod of this host's kubelet. */
  readonly ofPod: boolean
  /** True if it uses the network of the host. */
  readonly onHostNetwork: boolean
}

/** Programs that are also searched outside pods, with names as truncated by the kernel. */
const programs = 'etcd|kubelet|kube-apiserver|kube-controller*|kube-scheduler|kube-proxy'

/** Environment variables that are read. Others may contain secrets. */
const variables = [
  ...['NAME', 'DATA_DIR', 'WAL_DIR', 'INITIAL_ADVERTISE_PEER_URLS', 'INITIAL_CLUSTER', 'ADVERTISE_CLIENT_URLS'],
  ...['LISTEN_CLIENT_URLS', 'LISTEN_METRICS_URLS', 'CERT_FILE', 'KEY_FILE', 'TRUSTED_CA_FILE'],
]

const questions = {
  base: 'cat /proc/1/cgroup',
  // Entries and their parts are separated by bytes that no command line contains.
  processes: `
for p in /proc/[0-9]*; do
  comm= pod= net=own
  read -r comm < "$p/comm" || continue
  while IFS= read -r line; do
    case $line in *kubepods*) pod=\${line#*:*:}; break ;; esac
  done < "$p/cgroup"
  case $comm in ${programs}) ;; *) [ -n "$pod" ] || continue ;; esac
  [ "$p/ns/net" -ef /proc/self/ns/net ] && net=host
  printf '\\035%s\\037%s\\037%s\\n' "\${p#/proc/}" "$net" "$pod"
  tr '\\000\\n' '\\037 ' < "$p/cmdline"
  echo
  [ "$comm" != etcd ] || tr '\\000\\n' '\\n ' < "$p/environ" | grep -E '^ETCD_(${variables.join('|')})='
done`,
  end: 'echo yes',
} as const

/**
 * Returns the processes of Kubernetes on a host and of the pods of its kubelet, in the order of their IDs. Pods of a
 * kubelet in a container belong to another host. Throws COMMAND_FAILED if the host did not list its processes, because
 * an empty list would mean that none runs.
 */
export async function readProcesses(host: HostReader): Promise<readonly Process[]> {
  const answers = await ask(host, questions)
  if (answers('end').trim() !== 'yes') {
    throw new KadmError('COMMAND_FAILED', `the processes of ${host.name} cannot be listed`, {
      hint: 'check that /proc is mounted and that commands run on the host, then try again',
    })
  }
  const base = baseOf(answers('base'))
  const found = answers('processes').split('\u001d').slice(1)
  return found.flatMap(text => parseProcess(text, base)).sort((a, b) => a.pid - b.pid)
}

function parseProcess(text: string, base: string): readonly Process[] {
  const [head = '', command = '', ...rest] = text.split('\n')
  const [pid, net, cgroup = ''] = head.split('\u001f')
  const words = command.split('\u001f').slice(0, -1)
  // A zombie process has no command line.
  if (words.length === 0) return []
  const env = lines(rest.join('\n')).map(line => /^ETCD_([A-Z_]+)=(.*)$/.exec(line))
  return [
    {
      pid: Number(pid),
      program: programOf(words[0] ?? ''),
      words,
      env: new Map(env.flatMap(match => (match === null ? [] : [[match[1] ?? '', match[2] ?? '']]))),
      ofPod: isOfPod(cgroup, base),
      onHostNetwork: net === 'host',
    },
  ]
}

/** Some programs overwrite their command line with a title. */
function programOf(word: string): string {
  return /^[^\s:]*/.exec(word.replace(/^.*\/(?=[^/\s])/, ''))?.[0] ?? word
}

/** The cgroup of the first process of the host: a host can be a container itself. */
function baseOf(cgroups: string): string {
  const path = /^\d+:(?:name=systemd)?:(.*)$/m.exec(cgroups)?.[1] ?? '/'
  return path.replace(/\/init\.scope$/, '').replace(/\/+$/, '')
}

/**
 * Matches `/kubepods/burstable/pod…` and `/kubepods.slice/…`. Below the cgroup of a container it is the pod of another
 * kubelet.
 */
function isOfPod(cgroup: string, base: string): boolean {
  const own = cgroup.startsWith(`${base}/`) ? cgroup.slice(base.length) : cgroup
  const at = own.search(/(^|[/-])kubepods/)
  return at >= 0 && !/docker|libpod|lxc|containerd|crio|nspawn|machine\.slice|\/[0-9a-f]{64}/.test(own.slice(0, at))
}

/** Shows processes by program: `etcd (pid 870)`, `pause (pids 767, 777)`. */
export function showProcesses(processes: readonly Process[]): readonly string[] {
  const names = [...new Set(processes.map(({ program }) => program))]
  return names.map(name => {
    const pids = processes.filter(({ program }) => program === name).map(({ pid }) => pid)
    return `${name} (${pids.length === 1 ? 'pid' : 'pids'} ${pids.join(', ')})`
  })
}
