import { posix } from 'node:path'
import { given } from '../../cluster/given.ts'
import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { type Process, readProcesses } from '../machine/processes.ts'
import { readText } from '../machine/read-text.ts'
import { parseStaticPod, type StaticPod } from '../machine/static-pod.ts'

/** The etcd of a host: its static pod, and its processes. */
export interface HostEtcd {
  readonly pod?: StaticPod
  /** Processes on the host network, in the order of their IDs. */
  readonly running: readonly EtcdProcess[]
}

export interface EtcdProcess {
  readonly pid: number
  /** True if it belongs to a pod of this host's kubelet. */
  readonly ofPod: boolean
  /** By their names on the command line. */
  readonly flags: ReadonlyMap<string, string>
}

/** Throws COMMAND_FAILED if the host does not list its processes. */
export async function readLocalEtcd(host: HostReader): Promise<HostEtcd> {
  const [pod, processes] = await Promise.all([findEtcdPod(host), readProcesses(host)])
  return { ...given({ pod }), running: etcdOf(processes) }
}

function etcdOf(processes: readonly Process[]): readonly EtcdProcess[] {
  const found = processes.filter(({ program, onHostNetwork }) => program === 'etcd' && onHostNetwork)
  return found.map(one => ({ pid: one.pid, ofPod: one.ofPod, flags: flagsOf(one) }))
}

/** The kubelet runs every file in its directory whose name does not begin with a dot. */
async function findEtcdPod(host: HostReader): Promise<StaticPod | undefined> {
  const usual = paths.manifest('etcd')
  const names = (await host.list(paths.manifestsDir)).filter(name => !name.startsWith('.'))
  const files = [usual, ...names.map(name => posix.join(paths.manifestsDir, name)).filter(path => path !== usual)]
  const pods = await Promise.all(files.map(async path => podIn(await readText(host, path), path === usual)))
  return pods.find(pod => pod !== undefined)
}

function podIn(text: string | undefined, named: boolean): StaticPod | undefined {
  const pod = text === undefined ? undefined : parseStaticPod(text)
  return named || pod?.flags.has('initial-advertise-peer-urls') === true ? pod : undefined
}

/** `--name=cp1`, `--name cp1` and `ETCD_NAME=cp1`; the command line takes precedence. */
function flagsOf({ words, env }: Process): ReadonlyMap<string, string> {
  const flags = new Map([...env].map(([name, value]) => [name.toLowerCase().replaceAll('_', '-'), value]))
  words.forEach((word, i) => {
    const [, name, value] = /^--?([a-z][a-z-]*)(?:=(.*))?$/s.exec(word) ?? []
    const next = words[i + 1]
    if (name !== undefined) flags.set(name, value ?? (next === undefined || next.startsWith('-') ? 'true' : next))
  })
  return flags
}
