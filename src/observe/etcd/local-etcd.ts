import { posix } from 'node:path'
import { given } from '../../cluster/given.ts'
import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { type Process, readProcesses } from '../machine/processes.ts'
import { readText } from '../machine/read-text.ts'
import { parseStaticPod, type StaticPod } from '../machine/static-pod.ts'

/** What a host shows of etcd: the static pod, and what runs. */
export interface HostEtcd {
  readonly pod?: StaticPod
  /** On the network of the host, in the order of their ids. */
  readonly running: readonly EtcdProcess[]
}

export interface EtcdProcess {
  readonly pid: number
  /** The kubelet of this host made its pod. */
  readonly ofPod: boolean
  /** By the names that they have on the command line. */
  readonly flags: ReadonlyMap<string, string>
}

/** Throws COMMAND_FAILED when the host does not list its processes. */
export async function readLocalEtcd(host: HostReader): Promise<HostEtcd> {
  const [pod, processes] = await Promise.all([findEtcdPod(host), readProcesses(host)])
  return { ...given({ pod }), running: etcdOf(processes) }
}

function etcdOf(processes: readonly Process[]): readonly EtcdProcess[] {
  const found = processes.filter(({ program, onHostNetwork }) => program === 'etcd' && onHostNetwork)
  return found.map(one => ({ pid: one.pid, ofPod: one.ofPod, flags: flagsOf(one) }))
}

/** The kubelet runs every file in its directory, whatever the name, unless that begins with a dot. */
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

/** `--name=cp1`, `--name cp1` and `ETCD_NAME=cp1`; the command line wins. */
function flagsOf({ words, env }: Process): ReadonlyMap<string, string> {
  const flags = new Map([...env].map(([name, value]) => [name.toLowerCase().replaceAll('_', '-'), value]))
  words.forEach((word, i) => {
    const [, name, value] = /^--?([a-z][a-z-]*)(?:=(.*))?$/s.exec(word) ?? []
    const next = words[i + 1]
    if (name !== undefined) flags.set(name, value ?? (next === undefined || next.startsWith('-') ? 'true' : next))
  })
  return flags
}
