import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { ask, lines } from './questions.ts'

/** A process of Kubernetes, or of one of its pods. */
export interface Process {
  readonly pid: number
  /** `kube-apiserver` */
  readonly program: string
  /** Its command line, the program first. */
  readonly words: readonly string[]
  /** Variables of its environment that stand for flags of etcd. */
  readonly env: ReadonlyMap<string, string>
  /** The kubelet of this host made its pod. */
  readonly ofPod: boolean
  /** It uses the network of the host itself. */
  readonly onHostNetwork: boolean
}

/** Programs that are looked for outside pods as well, as the kernel shortens their names. */
const programs = 'etcd|kubelet|kube-apiserver|kube-controller*|kube-scheduler|kube-proxy'

/** Flags of etcd that may stand in its environment; others may hold secrets, so they stay where they are. */
const variables = [
  ...['NAME', 'DATA_DIR', 'WAL_DIR', 'INITIAL_ADVERTISE_PEER_URLS', 'INITIAL_CLUSTER', 'ADVERTISE_CLIENT_URLS'],
  ...['LISTEN_CLIENT_URLS', 'LISTEN_METRICS_URLS', 'CERT_FILE', 'KEY_FILE', 'TRUSTED_CA_FILE'],
]

const questions = {
  base: 'cat /proc/1/cgroup',
  // What begins an entry and what stands between its parts are bytes that no command line holds.
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
 * The processes of Kubernetes on a host and of the pods that its kubelet made, in the order of their ids. Pods that a
 * kubelet in a container made are of another host. Throws COMMAND_FAILED when the host did not list them: that is
 * no sign that nothing runs.
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
  // A process that has ended, and waits for its parent to notice, has no command line any more.
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

/** Some programs write a title over their command line. */
function programOf(word: string): string {
  return /^[^\s:]*/.exec(word.replace(/^.*\/(?=[^/\s])/, ''))?.[0] ?? word
}

/** The group of all that the first process of the host started: a host may be a container itself. */
function baseOf(cgroups: string): string {
  const path = /^\d+:(?:name=systemd)?:(.*)$/m.exec(cgroups)?.[1] ?? '/'
  return path.replace(/\/init\.scope$/, '').replace(/\/+$/, '')
}

/** `/kubepods/burstable/pod…`, `/kubepods.slice/…`; below the group of a container it is the pod of another kubelet. */
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
