import type { Json } from '../../cluster/json.ts'

/** An object of the Kubernetes API as kadm writes it: the server adds its defaults. */
export interface ApiObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly [key: string]: Json | undefined
  }
  readonly [key: string]: Json | undefined
}
