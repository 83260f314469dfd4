import type { Cluster } from '../../cluster/cluster.ts'
import { isMap, type Json, type JsonObject } from '../../cluster/json.ts'
import { mergePatch } from '../../cluster/merge-patch.ts'
import type { Patch, PatchTarget } from '../../cluster/patch.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { readApiObject } from './api-object.ts'
import { jsonPatch } from './json-patch.ts'
import { PatchFault } from './patch-fault.ts'
import { strategicMerge } from './strategic-merge.ts'

/** The kubelet's configuration is not an API type: its lists are replaced and unknown fields stay. */
const typeOf: Readonly<Record<PatchTarget, string>> = {
  etcd: 'Pod',
  'kube-apiserver': 'Pod',
  'kube-controller-manager': 'Pod',
  'kube-scheduler': 'Pod',
  kubeletconfiguration: 'any',
  corednsdeployment: 'Deployment',
  kubeproxydaemonset: 'DaemonSet',
}

/** kubeadm's names of the types, in messages. */
const mediaTypes = {
  strategic: 'application/strategic-merge-patch+json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
} as const

/**
 * Returns an object with all patches for it applied in order; the object itself without patches. It is the last step of
 * every renderer. Throws CONFIG_INVALID with the file of a patch that does not apply.
 */
export function patched<T extends JsonObject>(cluster: Pick<Cluster, 'patches'>, target: PatchTarget, object: T): T {
  const patches = cluster.patches.filter(patch => patch.target === target)
  if (patches.length === 0) return object
  // JSON has no undefined: a patch must not find a field that does not exist.
  const plain = withoutUndefined(object) as JsonObject
  const raw = patches.reduce((tree, patch) => apply(tree, patch), plain)
  return (typeOf[target] === 'any' ? raw : readApiObject(typeOf[target], raw).tree) as T
}

function withoutUndefined(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (!isMap(value)) return value
  const set = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(set.map(([name, field]) => [name, withoutUndefined(field as Json)]))
}

function apply(tree: JsonObject, patch: Patch): JsonObject {
  try {
    const result = applied(tree, patch)
    if (!isMap(result)) throw new PatchFault('the result would be a single value')
    const type = typeOf[patch.target]
    const [fault] = type === 'any' ? [] : readApiObject(type, result).faults
    if (fault !== undefined) throw new PatchFault(`${fault.path}: ${fault.message}`)
    return result
  } catch (error) {
    if (error instanceof PatchFault) throw refused(patch, error.message)
    throw error
  }
}

function applied(tree: JsonObject, { target, type, body }: Patch): Json {
  if (type === 'json') return jsonPatch(tree, body)
  return type === 'merge' ? mergePatch(tree, body) : strategicMerge(tree, body as JsonObject, typeOf[target])
}

function refused({ target, type, file, line }: Patch, reason: string): KadmError {
  const message = `could not apply the following patch of type "${mediaTypes[type]}" to target "${target}": ${reason}`
  return new KadmError('CONFIG_INVALID', 'A patch is invalid', {
    hint: 'correct the patch, or leave it out',
    problems: [{ file, line, message }],
  })
}
