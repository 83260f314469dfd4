import { type Kube, refOf } from '../clients/kube/kube.ts'
import { isMap, type Json } from '../cluster/json.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import { isKadmError } from '../errors/kadm-error.ts'

export type Ensured = 'created' | 'updated' | 'same'

/**
 * Ensures the content of an object: reads, compares, then creates or updates it. In metadata and data, fields of the
 * server or other clients are kept; spec, rules and subjects are replaced. kubeadm overwrites without reading; the
 * result is the same, but here a second run changes nothing.
 */
export async function ensureObject(kube: Kube, wanted: KubeObject): Promise<Ensured> {
  const found = await kube.get(refOf(wanted))
  if (found === undefined) {
    try {
      await kube.create(wanted)
      return 'created'
    } catch (error) {
      if (!isKadmError(error, 'API_CONFLICT')) throw error
      return ensureObject(kube, wanted)
    }
  }
  if (covers(found, wanted)) return 'same'
  await kube.update(merge(found, wanted))
  return 'updated'
}

/** Creates an object if it does not exist; an existing one is not changed. */
export async function ensurePresent(kube: Kube, wanted: KubeObject): Promise<Ensured> {
  if ((await kube.get(refOf(wanted))) !== undefined) return 'same'
  try {
    await kube.create(wanted)
    return 'created'
  } catch (error) {
    if (isKadmError(error, 'API_CONFLICT')) return 'same'
    throw error
  }
}

/** True if everything wanted is found; additional fields of the server are ignored. Lists must have equal length. */
function covers(found: Json | undefined, wanted: Json | undefined): boolean {
  if (wanted === undefined) return true
  if (Array.isArray(wanted)) {
    if (wanted.length === 0 && found === undefined) return true
    return Array.isArray(found) && found.length === wanted.length && wanted.every((item, i) => covers(found[i], item))
  }
  if (isMap(wanted)) {
    const keys = Object.keys(wanted)
    if (keys.length === 0 && found === undefined) return true
    return isMap(found) && keys.every(key => covers(found[key], wanted[key]))
  }
  return found === wanted || (isZero(wanted) && found === undefined)
}

/** The server drops empty strings, false and null. */
function isZero(value: Json): boolean {
  return value === '' || value === false || value === null || value === 0
}

function merge(found: KubeObject, wanted: KubeObject): KubeObject {
  const { status: _status, ...rest } = found
  const data = isMap(wanted.data) ? { data: { ...(isMap(found.data) ? found.data : {}), ...wanted.data } } : {}
  return {
    ...rest,
    ...wanted,
    ...data,
    metadata: {
      ...found.metadata,
      ...wanted.metadata,
      ...mergeNames('labels', found, wanted),
      ...mergeNames('annotations', found, wanted),
    },
  }
}

function mergeNames(key: 'labels' | 'annotations', found: KubeObject, wanted: KubeObject) {
  const both = { ...found.metadata[key], ...wanted.metadata[key] }
  return Object.keys(both).length === 0 ? {} : { [key]: both }
}
