import { kubernetesComponents } from './components.ts'
import type { Json } from './json.ts'

/** The targets of patches, under kubeadm's names. */
export const patchTargets = [
  'etcd',
  ...kubernetesComponents,
  'kubeletconfiguration',
  'corednsdeployment',
  'kubeproxydaemonset',
] as const

export type PatchTarget = (typeof patchTargets)[number]

/** strategic: lists of the Kubernetes API are merged by their key. merge: RFC 7386. json: RFC 6902. */
export const patchTypes = ['json', 'merge', 'strategic'] as const

export type PatchType = (typeof patchTypes)[number]

/** One document of a patch file. */
export interface Patch {
  readonly target: PatchTarget
  readonly type: PatchType
  /** The file that it was read from, and its first line there. */
  readonly file: string
  readonly line: number
  /** A set of fields; a list of operations for type json. */
  readonly body: Json
}
