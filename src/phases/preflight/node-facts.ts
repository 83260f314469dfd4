import ipaddr from 'ipaddr.js'
import { given } from '../../cluster/given.ts'
import type { HostReader } from '../../host/host.ts'
import { keptByFileSystem } from '../../host/names-in.ts'
import { manifestsQuestion } from '../../observe/left/other-manifests.ts'
import { networkQuestions, parseNetwork } from '../../observe/machine/addresses.ts'
import { type KubeletUnit, kubeletUnitQuestion, parseKubeletUnit } from '../../observe/machine/kubelet-unit.ts'
import { kubeletVersionQuery } from '../../observe/machine/kubelet-version.ts'
import { type Answers, ask, lines } from '../../observe/machine/questions.ts'
import { nameServerQuestion, parseNameServers, parseRoutes, type Route } from '../../observe/machine/routes.ts'
import { type CgroupFacts, cgroupQuestions, parseCgroups } from './cgroups.ts'
import { type ContainerdConfig, containerdQuestion, parseContainerdConfig } from './containerd-config.ts'
import { type KernelConfig, kernelConfigQuestion, parseKernelConfig } from './kernel-config.ts'
import { type Listener, parseListeners } from './listeners.ts'

export interface ServiceFacts {
  readonly exists: boolean
  readonly enabled: boolean
  readonly active: boolean
}

/** The facts that checks judge, read from one host at once. */
export interface NodeFacts {
  readonly uid: number
  readonly cpus: number
  /** MiB. */
  readonly memory: number
  readonly swapDevices: number
  readonly os: string
  /** `6.1.0-18-amd64` */
  readonly kernel: string
  readonly kernelConfig: KernelConfig
  readonly cgroups: CgroupFacts
  /** The requested programs that are in PATH. */
  readonly programs: ReadonlySet<string>
  /** undefined without systemd. */
  readonly services?: ReadonlyMap<string, ServiceFacts>
  /** First line of each existing kernel setting, by path. */
  readonly settings: ReadonlyMap<string, string>
  readonly listeners: readonly Listener[]
  readonly addresses: readonly string[]
  /** State of each existing requested path. */
  readonly paths: ReadonlyMap<string, 'file' | 'empty-dir' | 'filled-dir'>
  /** undefined without a file. */
  readonly containerd?: ContainerdConfig
  readonly kubelet: KubeletFacts
  /** undefined without a unit. */
  readonly kubeletUnit?: KubeletUnit
  readonly lookup: Lookup
  /** The files in the static pod directory, for `parseOtherManifests`. */
  readonly manifests: string
  readonly routes: readonly Route[]
  readonly nameServers: readonly string[]
}

/** The kubelet's version without `v`, or why it is unknown. */
export type KubeletFacts = { readonly version: string } | { readonly fault: string }
/** The result of the name lookup of the node; `unknown` if the host cannot query it. */
export type Lookup = 'found' | 'missing' | 'slow' | 'unknown'

export const ipForward = '/proc/sys/net/ipv4/ip_forward'
export const ipv6Forwarding = '/proc/sys/net/ipv6/conf/default/forwarding'
const nonlocalBind = '/proc/sys/net/ipv4/ip_nonlocal_bind'
const settings = [ipForward, ipv6Forwarding, nonlocalBind]

/** A name server that does not answer must not delay the other checks: kubeadm waits 10 s and more. */
const lookupSeconds = 2

const questions = {
  ...networkQuestions,
  ...cgroupQuestions,
  kernelConfig: kernelConfigQuestion,
  uid: 'id -u',
  cpus: 'nproc',
  memory: 'grep MemTotal: /proc/meminfo',
  swaps: 'cat /proc/swaps',
  os: 'uname -s',
  kernel: 'uname -r',
  programs: 'for p in losetup mount cp systemctl; do command -v "$p" >/dev/null && echo "$p"; done',
  services: serviceQuestion(['kubelet', 'firewalld']),
  settings: `for f in ${settings.join(' ')}; do test -e "$f" && echo "$f $(cat "$f")"; done`,
  containerd: containerdQuestion,
  manifests: manifestsQuestion,
  hosts: 'cat /etc/hosts',
  kubeletUnit: kubeletUnitQuestion,
  nameServers: nameServerQuestion,
  listeners: 'cat /proc/net/tcp /proc/net/tcp6 | grep " 0A "',
  paths: [
    'for p in "$@"; do',
    'if test -d "$p"; then names=$(ls -A "$p")',
    // The root of a file system counts as empty if it only contains what the file system creates itself.
    'if [ -n "$names" ] && [ "$(stat -c %d "$p")" != "$(stat -c %d "$p/..")" ]; then',
    `names=$(printf '%s\\n' "$names" | grep -vxF ${keptByFileSystem.map(name => `-e ${name}`).join(' ')}); fi`,
    '[ -n "$names" ] && echo "filled-dir $p" || echo "empty-dir $p"',
    'elif test -e "$p"; then echo "file $p"; fi; done',
  ].join('\n'),
} as const

/** Reads a host in one round trip: three commands in parallel, because two of them can be slow. */
export async function readNodeFacts(host: HostReader, name: string, paths: readonly string[]): Promise<NodeFacts> {
  const [answers, kubelet, lookup] = await Promise.all([
    ask(host, questions, paths),
    readKubelet(host),
    look(host, name),
  ])
  // A name in the hosts file is known even if the lookup is slow on a busy host.
  const known = hostsFileNames(answers('hosts')).has(name.toLowerCase())
  return { ...parseNodeFacts(answers), kubelet, lookup: known ? 'found' : lookup }
}

export function parseNodeFacts(answers: Answers): Omit<NodeFacts, 'kubelet' | 'lookup'> {
  const programs = new Set(lines(answers('programs')))
  const kubeletUnit = parseKubeletUnit(answers('kubeletUnit'))
  const containerd = parseContainerdConfig(answers('containerd'))
  return {
    uid: Number.parseInt(answers('uid'), 10),
    cpus: Number.parseInt(answers('cpus'), 10),
    memory: Math.floor(Number(/\d+/.exec(answers('memory'))?.[0] ?? 0) / 1024),
    swapDevices: Math.max(0, lines(answers('swaps')).length - 1),
    os: answers('os').trim(),
    kernel: answers('kernel').trim(),
    kernelConfig: parseKernelConfig(answers('kernelConfig')),
    cgroups: parseCgroups(answers),
    programs,
    ...(programs.has('systemctl') ? { services: parseServices(answers('services')) } : {}),
    settings: new Map(lines(answers('settings')).map(splitAtSpace)),
    listeners: parseListeners(answers('listeners')),
    addresses: parseNetwork(answers).interfaces.flatMap(link => link.addresses),
    paths: parsePaths(answers('paths')),
    routes: parseRoutes(answers),
    nameServers: parseNameServers(answers('nameServers')),
    ...given({ containerd, kubeletUnit }),
    manifests: answers('manifests'),
  }
}

function serviceQuestion(names: readonly string[]): string {
  const each = [
    `s=$(systemctl status --no-pager --lines=0 "$u" 2>&1)`,
    `case $s in *'Loaded: not-found'*|*'could not be found'*) echo "$u missing";;`,
    `*) systemctl is-enabled --quiet "$u" && e=enabled || e=disabled; echo "$u $e $(systemctl is-active "$u")";; esac`,
  ]
  return `command -v systemctl >/dev/null && for u in ${names.join(' ')}; do ${each.join('\n')}\ndone`
}

/** A service that systemd keeps restarting is "activating". As in kubeadm it counts as active. */
function parseServices(text: string): ReadonlyMap<string, ServiceFacts> {
  return new Map(
    lines(text).map(line => {
      const [name = '', enabled, active = ''] = line.split(' ')
      const exists = enabled !== 'missing'
      return [name, { exists, enabled: enabled === 'enabled', active: ['active', 'activating'].includes(active) }]
    }),
  )
}

function parsePaths(text: string): NodeFacts['paths'] {
  const found = new Map<string, 'file' | 'empty-dir' | 'filled-dir'>()
  for (const [state, path] of lines(text).map(splitAtSpace)) {
    if (state === 'file' || state === 'empty-dir' || state === 'filled-dir') found.set(path, state)
  }
  return found
}

function splitAtSpace(line: string): [string, string] {
  const at = line.indexOf(' ')
  return [line.slice(0, at), line.slice(at + 1)]
}

async function readKubelet(host: HostReader): Promise<KubeletFacts> {
  return parseKubelet(await host.query(kubeletVersionQuery))
}

/** Parses `Kubernetes v1.37.2`. */
export function parseKubelet({ code, stdout }: { readonly code: number; readonly stdout: string }): KubeletFacts {
  if (code === 127) return { fault: "cannot execute 'kubelet --version': executable file not found in $PATH" }
  if (code !== 0) return { fault: `cannot execute 'kubelet --version': exit status ${code}` }
  const text = stdout.trim()
  const version = /^Kubernetes v((?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)[-\w.+]*)$/.exec(text)?.[1]
  return version === undefined ? { fault: `Unable to parse output from Kubelet: ${JSON.stringify(text)}` } : { version }
}

/** Returns the names in a hosts file, in lower case. */
export function hostsFileNames(hosts: string): ReadonlySet<string> {
  const entries = lines(hosts).map(line => line.replace(/#.*/, '').trim().split(/\s+/))
  const names = entries
    .filter(([address = '']) => ipaddr.isValid(address.replace(/%.*/, '')))
    .flatMap(entry => entry.slice(1))
  return new Set(names.map(name => name.toLowerCase().replace(/\.$/, '')))
}

async function look(host: HostReader, name: string): Promise<Lookup> {
  const { code } = await host.query(['timeout', String(lookupSeconds), 'getent', 'ahosts', name])
  const outcomes: Readonly<Record<number, Lookup>> = { 0: 'found', 2: 'missing', 124: 'slow' }
  return outcomes[code] ?? 'unknown'
}
