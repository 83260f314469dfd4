import type { Json } from './json.ts'

/** An object of the Kubernetes API: as kadm writes it, and as the server returns it with defaults. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly uid?: string
    readonly resourceVersion?: string
    readonly [key: string]: Json | undefined
  }
  readonly [key: string]: Json | undefined
}

/** Returns the values of a ConfigMap or Secret by key, in base64 for a Secret; empty for an absent object. */
export function dataOf(
  object: { readonly [key: string]: Json | undefined } | undefined,
): Readonly<Record<string, string>> {
  return (object?.data ?? {}) as Readonly<Record<string, string>>
}
