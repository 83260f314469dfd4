/** JSON data of configuration documents and API objects. Integers beyond 53 bits are bigints. */
export type Json = string | number | bigint | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

/** True for an object that is not a list. */
export function isMap(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const mark = '\u{10fffd}'

/** Serializes a value. Integers of any size are written in full. */
export function jsonText(value: unknown, indent?: number): string {
  const marked = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${mark}${item}` : item), indent)
  return marked.replace(new RegExp(`"${mark}(-?\\d+)"`, 'gu'), '$1')
}
