import { isMap } from '../../cluster/json.ts'
import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { isTextFault, readYaml } from '../../yaml/read.ts'
import { readText } from './read-text.ts'

/** The container of a static pod's manifest that has the name of the component, else the first one. */
export interface StaticPod {
  readonly image: string
  readonly tag: string
  /** Flags of its command line by name; the last value applies. */
  readonly flags: ReadonlyMap<string, string>
  readonly annotations: Readonly<Record<string, unknown>>
  /** Paths on the host by volume name. */
  readonly hostPaths: ReadonlyMap<string, string>
  /** Those paths that the container may write to. */
  readonly writtenPaths: ReadonlyMap<string, string>
}

/** Reads the manifest of a component; undefined if it does not exist or is not a static pod. */
export async function readStaticPod(host: HostReader, component: string): Promise<StaticPod | undefined> {
  const text = await readText(host, paths.manifest(component))
  return text === undefined ? undefined : parseStaticPod(text)
}

/** Several parts of a command read the same manifests. */
const parsed = new Map<string, StaticPod | undefined>()
const mostParsed = 500

export function parseStaticPod(text: string): StaticPod | undefined {
  if (parsed.has(text)) return parsed.get(text)
  const read = readYaml(text)
  const pod = isTextFault(read) ? undefined : staticPodOf(read.value)
  if (parsed.size >= mostParsed) parsed.clear()
  parsed.set(text, pod)
  return pod
}

/** Parses the object in a manifest, or its mirror pod. */
export function staticPodOf(pod: unknown): StaticPod | undefined {
  const { metadata, spec } = fieldsOf(pod)
  const { containers, volumes } = fieldsOf(spec)
  const all = listOf(containers).map(fieldsOf)
  // A patch may have added a container before the component's own.
  const first = all.find(({ name }) => name === fieldsOf(metadata).name) ?? all[0]
  if (typeof first?.image !== 'string') return undefined
  const words = [...listOf(first.command), ...listOf(first.args)].filter(word => typeof word === 'string')
  const flags = words.flatMap(word => {
    const [, name, value] = /^--([^=]+)=(.*)$/s.exec(word) ?? []
    return name === undefined ? [] : [[name, value ?? ''] as const]
  })
  const hostPaths = listOf(volumes).flatMap(volume => {
    const { name, hostPath } = fieldsOf(volume)
    const { path } = fieldsOf(hostPath)
    return typeof name === 'string' && typeof path === 'string' ? [[name, path] as const] : []
  })
  const mounts = listOf(first.volumeMounts).map(fieldsOf)
  const writable = new Set(mounts.filter(({ readOnly }) => readOnly !== true).map(({ name }) => name))
  return {
    image: first.image,
    tag: tagOf(first.image),
    flags: new Map(flags),
    annotations: fieldsOf(fieldsOf(metadata).annotations),
    hostPaths: new Map(hostPaths),
    writtenPaths: new Map(hostPaths.filter(([name]) => writable.has(name))),
  }
}

/** True for a URL that only the host itself can reach. */
export function isLoopbackUrl(url: string): boolean {
  return URL.canParse(url) && /^(127\..*|\[::1\]|localhost)$/.test(new URL(url).hostname)
}

/** Returns the text after the last colon that does not precede a registry's port. */
function tagOf(image: string): string {
  return /:([^:/]+)(?:@.*)?$/.exec(image)?.[1] ?? ''
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isMap(value) ? { ...value } : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Returns where the API server of a control plane listens, from its manifest; undefined without an address there. */
export async function ownApi(source: HostReader): Promise<{ address: string; port: number } | undefined> {
  const flags = (await readStaticPod(source, 'kube-apiserver'))?.flags
  const address = flags?.get('advertise-address')
  return address === undefined ? undefined : { address, port: Number(flags?.get('secure-port') ?? 6443) }
}
