import type { CommonOptions } from '../../options.ts'

export const outputFormats = ['text', 'json', 'yaml', 'prometheus'] as const

export interface CheckOptions extends Omit<CommonOptions, 'output'> {
  readonly output: (typeof outputFormats)[number]
  readonly certDir?: string
  readonly config?: string
  readonly kubeconfig: string
  readonly allNodes?: boolean
  /** False: do not connect to the servers on the hosts. */
  readonly served: boolean
  readonly failWithin?: string
}
