import type { Kube } from '../../clients/kube/kube.ts'
import { given } from '../../cluster/given.ts'
import { endsRun, isKadmError } from '../../errors/kadm-error.ts'
import { isTextFault, readYaml, type YamlText } from '../../yaml/read.ts'
import { staticPodName } from './kubelet-journal.ts'

/** A static pod as the kubelet reports it. */
export interface KubeletPod {
  readonly component: string
  readonly uid: string
  readonly spec: unknown
  /** The ID of the container of the component if it is ready. */
  readonly ready?: string
}

const patienceMs = 2000

/**
 * Returns the static pods of components that the kubelet of a node reports through its API server; undefined if it
 * cannot be queried, for example because the administrator has no rights yet or the API server does not reach it.
 */
export async function readKubeletPods(
  kube: Pick<Kube, 'probe'>,
  node: string,
  components: readonly string[],
): Promise<readonly KubeletPod[] | undefined> {
  try {
    const { status, body } = await kube.probe(`/api/v1/nodes/${node}/proxy/pods`, { timeoutMs: patienceMs })
    return status === 200 ? parsePods(body, node, components) : undefined
  } catch (error) {
    if (!isKadmError(error) || endsRun(error)) throw error
    return undefined
  }
}

function parsePods(body: string, node: string, components: readonly string[]): readonly KubeletPod[] | undefined {
  try {
    const { items } = JSON.parse(body) as { readonly items: readonly Reported[] }
    return items.flatMap(({ metadata, spec, status }) => {
      const { name, namespace, uid = '', annotations = {} } = metadata
      const component = components.find(one => name === staticPodName(one, node))
      const fromFile = annotations['kubernetes.io/config.source'] === 'file'
      if (component === undefined || namespace !== 'kube-system' || !fromFile) return []
      const ready = status?.containerStatuses?.find(one => one.name === component && one.ready === true)
      return [{ component, uid, spec, ...given({ ready: ready?.containerID?.replace(/^.*:\/\//, '') }) }]
    })
  } catch {
    return undefined
  }
}

interface Reported {
  readonly metadata: {
    readonly name?: string
    readonly namespace?: string
    readonly uid?: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec?: unknown
  readonly status?: {
    readonly containerStatuses?: readonly {
      readonly name?: string
      readonly ready?: boolean
      readonly containerID?: string
    }[]
  }
}

/** True if a reported pod was created from this manifest: the kubelet adds defaults and removes nothing. */
export function isMadeOf({ spec }: KubeletPod, manifest: string): boolean {
  const read = readYaml(manifest)
  return !isTextFault(read) && holds(spec, specOf(read))
}

/** True if a reported pod runs the image and the command of a manifest, whatever else differs. */
export function runsSame({ spec }: KubeletPod, manifest: string): boolean {
  const read = readYaml(manifest)
  const wanted = isTextFault(read) ? undefined : specOf(read)
  return JSON.stringify(programsOf(spec)) === JSON.stringify(programsOf(wanted))
}

function specOf({ value }: YamlText): unknown {
  return ((value ?? {}) as { readonly spec?: unknown }).spec
}

function programsOf(spec: unknown): readonly unknown[] {
  const { containers = [] } = (spec ?? {}) as {
    readonly containers?: readonly { readonly image?: string; readonly command?: unknown; readonly args?: unknown }[]
  }
  return containers.map(({ image, command = [], args = [] }) => [image, command, args])
}

function holds(there: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(there) && there.length >= wanted.length && wanted.every((one, i) => holds(there[i], one))
  }
  if (typeof wanted !== 'object' || wanted === null) return there === wanted || (wanted === null && there === undefined)
  // An empty object, such as that of a volume, can be left out.
  const pairs = Object.entries(wanted)
  if (typeof there !== 'object' || there === null) return pairs.length === 0
  return pairs.every(([key, value]) => holds((there as Readonly<Record<string, unknown>>)[key], value))
}
