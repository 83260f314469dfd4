import { lines } from '../../observe/machine/questions.ts'

/** Options of the running kernel by name without `CONFIG_`, or why none could be read. */
export type KernelConfig =
  | { readonly found: true; readonly options: ReadonlyMap<string, string> }
  | { readonly found: false; readonly loadable: boolean }

export interface KernelOption {
  readonly name: string
  readonly aliases?: readonly string[]
}

/** Kernel options that a kubelet requires. Source: k8s.io/system-validators v1.12, DefaultSysSpec. */
const required: readonly KernelOption[] = [
  { name: 'NAMESPACES' },
  { name: 'NET_NS' },
  { name: 'PID_NS' },
  { name: 'IPC_NS' },
  { name: 'UTS_NS' },
  { name: 'CPUSETS' },
  { name: 'MEMCG' },
  { name: 'INET' },
  { name: 'EXT4_FS' },
  { name: 'PROC_FS' },
  { name: 'NETFILTER_XT_TARGET_REDIRECT', aliases: ['IP_NF_TARGET_REDIRECT'] },
  { name: 'NETFILTER_XT_MATCH_COMMENT' },
  { name: 'FAIR_GROUP_SCHED' },
]
const requiredV1 = ['CGROUPS', 'CGROUP_CPUACCT', 'CGROUP_DEVICE', 'CGROUP_FREEZER', 'CGROUP_PIDS', 'CGROUP_SCHED']
const requiredV2 = ['CGROUPS', 'CGROUP_BPF', 'CGROUP_PIDS', 'CGROUP_SCHED']

export const kernelConfigPaths: readonly string[] = [
  '/proc/config.gz',
  '/boot/config-$r',
  '/usr/src/linux-$r/.config',
  '/usr/src/linux/.config',
  '/usr/lib/modules/$r/config',
  '/usr/lib/ostree-boot/config-$r',
  '/usr/lib/kernel/config-$r',
  '/usr/src/linux-headers-$r/.config',
  '/lib/modules/$r/build/.config',
]

const names = [...required.flatMap(({ name, aliases = [] }) => [name, ...aliases]), ...requiredV1, ...requiredV2]

/**
 * Prints the required options from the first existing file. kubeadm loads the module `configs` to get one; kadm only
 * checks that it exists.
 */
export const kernelConfigQuestion = [
  'r=$(uname -r)',
  `for f in ${kernelConfigPaths.map(path => `"${path}"`).join(' ')}; do`,
  'test -r "$f" || continue',
  'case $f in *.gz) command -v gzip >/dev/null || continue; set -- gzip -dc;; *) set -- cat;; esac',
  `echo found; "$@" "$f" | grep -E '^CONFIG_(${[...new Set(names)].join('|')})=[ymn]'; exit; done`,
  'modprobe -n -q configs && echo loadable',
].join('\n')

export function parseKernelConfig(text: string): KernelConfig {
  const [first, ...options] = lines(text)
  if (first !== 'found') return { found: false, loadable: first === 'loadable' }
  return { found: true, options: new Map(options.map(line => splitOption(line))) }
}

/** Returns the names of the required options that the kernel does not have, as kubeadm prints them. */
export function missingOptions(options: ReadonlyMap<string, string>, cgroupsV2: boolean): readonly string[] {
  const all = [...required, ...(cgroupsV2 ? requiredV2 : requiredV1).map((name): KernelOption => ({ name }))]
  return all.flatMap(({ name, aliases = [] }) => {
    const spellings = [name, ...aliases]
    const known = spellings.find(spelling => options.has(spelling))
    const value = known === undefined ? 'n' : options.get(known)
    return value === 'n' ? [known ?? spellings.at(-1) ?? name] : []
  })
}

function splitOption(line: string): [string, string] {
  const [name = '', value = ''] = line.split('=')
  return [name.replace('CONFIG_', ''), value.slice(0, 1)]
}
