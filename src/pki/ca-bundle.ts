import { isMap, type Json, type JsonObject } from '../cluster/json.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import { type CaGoal, trustOf } from '../cluster/rotation.ts'
import { type Certificate, parseCertificate, parseCertificates } from './certificate.ts'
import { holds } from './rotation.ts'

/** Returns the object with the trusted CAs wherever a `caBundle` holds a CA of the rotation; undefined if all do. */
export function withTrustedCas(object: KubeObject, goal: CaGoal): KubeObject | undefined {
  let changed = false
  const visit = (value: Json | undefined, key: string): Json | undefined => {
    if (Array.isArray(value)) return value.map(item => visit(item, key) ?? null)
    if (value !== undefined && isMap(value)) return visitMap(value)
    if (key !== 'caBundle' || typeof value !== 'string') return value
    const wanted = bundleOf(value, goal)
    if (wanted === undefined) return value
    changed = true
    return wanted
  }
  const visitMap = (map: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(map).map(([key, value]) => [key, visit(value, key)])) as JsonObject
  const copy = visitMap(object as JsonObject)
  return changed ? (copy as unknown as KubeObject) : undefined
}

/** Certificates of other CAs stay. */
function bundleOf(encoded: string, goal: CaGoal): string | undefined {
  const found = certificatesIn(Buffer.from(encoded, 'base64').toString())
  const ours = [parseCertificate(goal.old.certificate), parseCertificate(goal.new.certificate)]
  if (!found.some(one => holds(ours, one))) return undefined
  const trusted = parseCertificates(trustOf(goal))
  if (ours.every(ca => holds(found, ca) === holds(trusted, ca))) return undefined
  const others = found.filter(one => !holds(ours, one))
  return Buffer.from([...trusted, ...others].map(({ pem }) => pem).join('')).toString('base64')
}

/** A bundle of something else than certificates is not of this CA. */
function certificatesIn(text: string): readonly Certificate[] {
  try {
    return parseCertificates(text)
  } catch {
    return []
  }
}
