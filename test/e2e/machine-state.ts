import type { LabNode } from '../lab/lab.ts'

/** The content of a host, one line per item, sorted. */
export interface MachineState {
  /** `-rw------- root:root /etc/kubernetes/admin.conf` */
  readonly files: readonly string[]
  /** `/var/lib/kubelet/pods/… tmpfs` */
  readonly mounts: readonly string[]
  /** Names, repeated for each process. */
  readonly processes: readonly string[]
  /** Rules and chains of iptables and ip6tables, without the built-in chains. */
  readonly rules: readonly string[]
  readonly links: readonly string[]
}

/** Directories that change by themselves, or belong to others: container images, logs, runtime state. */
const others = [
  'proc',
  'sys',
  'dev',
  'tmp',
  'run',
  'var/lib/containerd',
  'var/lib/systemd',
  'var/cache',
  'var/log/journal',
]

const questions = {
  files: `find / ${others.map(dir => `-path /${dir} -prune -o`).join(' ')} -printf '%M %u:%g %p\\n'; ls -d /run/kadm /run/kadm/* /run/cni /run/netns/* 2>/dev/null`,
  mounts: "cut -d' ' -f2,3 /proc/mounts",
  processes: 'ps -eo comm=',
  rules: "(iptables-save; ip6tables-save) | grep -v '^[#*]' | sed 's/\\[.*\\]//' | grep -v '^:[A-Z]* ACCEPT\\|^COMMIT'",
  links: 'ls /sys/class/net',
} as const

/** Files, mounts, processes, rules and interfaces, one after another, because each query is a process itself. */
export async function machineState(node: LabNode): Promise<MachineState> {
  const ask = async (shell: string): Promise<readonly string[]> => {
    const { stdout } = await node.run(shell, { check: false, timeoutMs: 60_000 })
    return stdout.split('\n').filter(Boolean).sort()
  }
  return {
    files: await ask(questions.files),
    mounts: await ask(questions.mounts),
    processes: (await ask(questions.processes)).filter(name => !/^(ps|bash|nsenter|sshd)$/.test(name)),
    rules: await ask(questions.rules),
    links: await ask(questions.links),
  }
}

/** `+ line` for lines only in the second, `- line` for lines only in the first. */
export function difference(before: readonly string[], after: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const line of after) counts.set(line, (counts.get(line) ?? 0) + 1)
  for (const line of before) counts.set(line, (counts.get(line) ?? 0) - 1)
  return [...counts]
    .flatMap(([line, count]) => Array.from({ length: Math.abs(count) }, () => `${count > 0 ? '+' : '-'} ${line}`))
    .sort()
}
