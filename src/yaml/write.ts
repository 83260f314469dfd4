import type { Json, JsonObject } from '../cluster/json.ts'
import { compareKeys } from './key-order.ts'
import { endsLine, isComplexKey, renderString } from './write-text.ts'

/**
 * Formats YAML byte for byte as sigs.k8s.io/yaml does, as in every file and ConfigMap of kubeadm: sorted keys, lists
 * not indented under their key, go-yaml v2's quoting. Keys with the value undefined are left out.
 */
export function toYaml(value: Json): string {
  return endLine(renderBlock(value, 0, true))
}

/** Returns the text of a node that starts at column `indent`, where its further lines start too. */
function renderBlock(value: Json, indent: number, root = false): string {
  if (isList(value) && value.length > 0) return renderList(value, indent)
  if (isMap(value) && Object.values(value).some(isSet)) return renderMap(value, indent)
  return renderScalar(value, { column: indent, indent: root ? indent + 2 : indent })
}

function renderList(list: readonly Json[], indent: number): string {
  return joinLines(
    list.map(item => `- ${renderBlock(item, indent + 2)}`),
    indent,
  )
}

function renderMap(map: JsonObject, indent: number): string {
  const keys = Object.keys(map).filter(key => isSet(map[key]))
  return joinLines(
    keys.sort(compareKeys).map(key => renderEntry(key, map[key] as Json, indent)),
    indent,
  )
}

function renderEntry(key: string, value: Json, indent: number): string {
  if (isComplexKey(key)) {
    return joinLines([`? ${renderBlock(key, indent + 2)}`, `: ${renderBlock(value, indent + 2)}`], indent)
  }
  const name = `${renderString(key, { column: indent, indent, key: true })}:`
  if (isList(value) && value.length > 0) return `${name}\n${' '.repeat(indent)}${renderList(value, indent)}`
  if (isMap(value) && Object.values(value).some(isSet)) {
    return `${name}\n${' '.repeat(indent + 2)}${renderMap(value, indent + 2)}`
  }
  return `${name} ${renderScalar(value, { column: indent + [...name].length + 1, indent: indent + 2 })}`
}

function renderScalar(value: Json, place: { readonly column: number; readonly indent: number }): string {
  if (typeof value === 'string') return renderString(value, { ...place, key: false })
  if (typeof value === 'number') return renderNumber(value)
  if (isList(value)) return '[]'
  return isMap(value) ? '{}' : String(value)
}

/**
 * Formats integers of up to 64 bits in full, other numbers as Go's shortest `%g`: `1.5`, `1e+21`, `2.5e-05`,
 * `1.2345678e+07`.
 */
function renderNumber(value: number): string {
  if (Number.isInteger(value) && value > -(2 ** 63) && value < 2 ** 64) return JSON.stringify(value)
  const [mantissa, exponent] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 6) return String(value)
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

function joinLines(parts: readonly string[], indent: number): string {
  return parts.map((part, i) => (i < parts.length - 1 ? endLine(part) + ' '.repeat(indent) : part)).join('')
}

function endLine(text: string): string {
  return endsLine(text) ? text : `${text}\n`
}

function isSet(value: Json | undefined): value is Json {
  return value !== undefined
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function isMap(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value)
}
